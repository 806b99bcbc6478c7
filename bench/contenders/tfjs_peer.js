import { performance } from 'node:perf_hooks';
import { draw } from './drawing.js';
import { importPeer, serve } from './serve.js';

/**
 * TensorFlow.js with the backend that the argument names: `cpu`, or `wasm` (SIMD; in Node the library itself allows one thread only).
 * The step is written in the library's ops: its autograd and optimizers add to their time.
 */
const backend = process.argv[2] ?? 'wasm';

/** @typedef {import('../cases.js').Case} Case */
/** @typedef {import('./serve.js').Workload} Workload */

const { default: tf } = await importPeer('@tensorflow/tfjs-core');
await importPeer(`@tensorflow/tfjs-backend-${backend}`);
await tf.setBackend(backend);

class Net {
  /** @param {Case} one */
  constructor(one) {
    const { X, y, weights, batches } = draw(one);
    this.size = one.dims?.[0] ?? 0;
    this.numClasses = one.dims?.at(-1) ?? 0;
    this.X = tf.tensor2d(X, [X.length / this.size, this.size]);
    this.y = tf.tensor1d(y, 'int32');
    this.batches = batches;
    /** Weights and biases in turns. @type {any[]} */
    this.parameters = weights.flatMap(({ rows, cols, data }) => [
      tf.tensor2d(data, [rows, cols]),
      tf.zeros([cols]),
    ]);
    this.numLayers = weights.length;
  }

  /**
   * The inputs of all layers, and the scores.
   *
   * @param {any} x
   */
  forward(x) {
    const inputs = [];
    let y = x;
    for (let layer = 0; layer < this.numLayers; layer++) {
      const [b, bias] = this.parameters.slice(2 * layer, 2 * layer + 2);
      const activation = layer < this.numLayers - 1 ? 'relu' : 'linear';
      inputs.push(y);
      y = tf.fused.matMul({ a: y, b, bias, activation });
    }
    return { inputs, scores: y };
  }

  /** @param {any[]} parameters */
  replaceParameters(parameters) {
    tf.dispose(this.parameters);
    this.parameters = parameters;
  }

  dispose() {
    tf.dispose([this.X, this.y, this.parameters]);
  }
}

class Step extends Net {
  #t = 0;

  /** @param {Case} one */
  constructor(one) {
    super(one);
    const { batchSize = 0, learningRate = 0, reg = 0, updateRule } = one;
    this.batchSize = batchSize;
    this.learningRate = learningRate;
    this.reg = reg;
    /** Adam's, a pair for each parameter; none for SGD. @type {any[][]} */
    this.moments =
      updateRule === 'adam' ? this.parameters.map((p) => [tf.zerosLike(p), tf.zerosLike(p)]) : [];
  }

  /** @param {number} steps */
  run(steps) {
    const rows = this.batches.randint(this.X.shape[0], steps * this.batchSize);
    const values = [];
    const started = performance.now();
    for (let step = 0; step < steps; step++) {
      values.push(this.#step(rows.subarray(step * this.batchSize, (step + 1) * this.batchSize)));
    }
    return { seconds: (performance.now() - started) / 1000, values };
  }

  /** @override */
  dispose() {
    super.dispose();
    tf.dispose(this.moments);
  }

  /** @param {Int32Array} rows */
  #step(rows) {
    const { loss, parameters, moments } = tf.tidy(() => {
      const { loss, gradients } = this.#gradients(tf.tensor1d(rows, 'int32'));
      return { loss, ...this.#update(gradients) };
    });
    this.replaceParameters(parameters);
    tf.dispose(this.moments);
    this.moments = moments;
    const value = loss.dataSync()[0];
    loss.dispose();
    return value;
  }

  /** @param {any} rows */
  #gradients(rows) {
    const { inputs, scores } = this.forward(tf.gather(this.X, rows));
    const truth = tf.oneHot(tf.gather(this.y, rows), this.numClasses).cast('float32');
    const shifted = tf.sub(scores, tf.max(scores, 1, true));
    const powers = tf.exp(shifted);
    const sums = tf.sum(powers, 1, true);
    const right = tf.sum(tf.mul(shifted, truth));
    let loss = tf.div(tf.sub(tf.sum(tf.log(sums)), right), this.batchSize);
    let dy = tf.div(tf.sub(tf.div(powers, sums), truth), this.batchSize);
    const gradients = [];
    for (let layer = this.numLayers - 1; layer >= 0; layer--) {
      const w = this.parameters[2 * layer];
      loss = tf.add(loss, tf.mul(tf.sum(tf.square(w)), 0.5 * this.reg));
      const dw = tf.add(product(inputs[layer], dy, true, false), tf.mul(w, this.reg));
      gradients.unshift(dw, tf.sum(dy, 0));
      if (layer > 0) dy = tf.mul(product(dy, w, false, true), tf.step(inputs[layer]));
    }
    return { loss, gradients };
  }

  /** @param {any[]} gradients */
  #update(gradients) {
    if (this.moments.length === 0) {
      const moved = this.parameters.map((p, i) => tf.sub(p, tf.mul(gradients[i], this.learningRate)));
      return { parameters: moved, moments: [] };
    }
    this.#t++;
    const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
    const rate = this.learningRate / (1 - beta1 ** this.#t);
    const correction = 1 / Math.sqrt(1 - beta2 ** this.#t);
    const moments = this.moments.map(([m, v], i) => [
      tf.add(tf.mul(m, beta1), tf.mul(gradients[i], 1 - beta1)),
      tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradients[i]), 1 - beta2)),
    ]);
    const parameters = this.parameters.map((p, i) => {
      const [m, v] = moments[i] ?? [];
      const denominator = tf.add(tf.mul(tf.sqrt(v), correction), epsilon);
      return tf.sub(p, tf.mul(tf.div(m, denominator), rate));
    });
    return { parameters, moments };
  }
}

/**
 * A product of transposed matrices. The wasm kernel is fast only for operands as they lie; transposing them costs far less.
 *
 * @param {any} a
 * @param {any} b
 * @param {boolean} transposeA
 * @param {boolean} transposeB
 */
function product(a, b, transposeA, transposeB) {
  if (backend !== 'wasm') return tf.matMul(a, b, transposeA, transposeB);
  return tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b);
}

class Predict extends Net {
  /** @param {any} x */
  classes(x) {
    return tf.tidy(() => tf.argMax(this.forward(x).scores, 1)).dataSync();
  }

  /** @param {number} count */
  run(count) {
    /** @type {Int32Array} */
    let values = new Int32Array(0);
    const started = performance.now();
    for (let i = 0; i < count; i++) values = this.classes(this.X);
    return { seconds: (performance.now() - started) / 1000, values };
  }
}

class Latency extends Predict {
  /**
   * @override
   * @param {number} count
   */
  run(count) {
    const rows = tf.split(this.X, this.X.shape[0]);
    const values = new Int32Array(count);
    const started = performance.now();
    for (let i = 0; i < count; i++) values[i] = this.classes(rows[i % rows.length])[0] ?? -1;
    const seconds = (performance.now() - started) / 1000;
    tf.dispose(rows);
    return { seconds, values };
  }
}

await serve(`TensorFlow.js ${tf.version_core}, ${backend}, Node ${process.version}`, {
  step: (one) => new Step(one),
  predict: (one) => new Predict(one),
  latency: (one) => new Latency(one),
});
