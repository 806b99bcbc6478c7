import { performance } from 'node:perf_hooks';
import { draw } from './drawing.js';
import { importPeer, serve } from './serve.js';

/**
 * jax-js on WebAssembly, a whole step in one jitted function. In Node it has one thread: it makes more only where there are web workers.
 *
 * Its functions own their arguments: `array.ref` is for what is needed again.
 */

/** @typedef {import('../cases.js').Case} Case */
/** @typedef {{ W: any[], b: any[] }} Parameters Those of all layers: arrays, or gradients or moments of their shapes. */

const { init, jit, valueAndGrad, numpy: np, nn } = await importPeer('@jax-js/jax');
await init('wasm');
const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];

/**
 * One array for each of the parameters.
 *
 * @param {Parameters} parameters
 * @param {(parameter: any, key: 'W' | 'b', layer: number) => any} make
 * @returns {Parameters}
 */
const mapParameters = ({ W, b }, make) => ({
  W: W.map((w, layer) => make(w, 'W', layer)),
  b: b.map((each, layer) => make(each, 'b', layer)),
});

/** @param {Parameters} parameters */
const refs = (parameters) => mapParameters(parameters, (parameter) => parameter.ref);

/** @param {Parameters} parameters */
const zerosLike = (parameters) => mapParameters(parameters, (parameter) => np.zerosLike(parameter.ref));

/**
 * @param {Parameters} parameters
 * @param {any} x
 */
function scoresOf({ W, b }, x) {
  return W.reduce((y, w, layer) => {
    const next = np.matmul(y, w).add(b[layer]);
    return layer < W.length - 1 ? nn.relu(next) : next;
  }, x);
}

/** @param {Case} one */
function prepareNet(one) {
  const { X, y, weights, batches } = draw(one);
  const size = one.dims?.[0] ?? 0;
  return {
    X: np.array(X, { shape: [X.length / size, size] }),
    y,
    batches,
    parameters: {
      W: weights.map(({ rows, cols, data }) => np.array(data, { shape: [rows, cols] })),
      b: weights.map(({ cols }) => np.zeros([cols])),
    },
  };
}

/**
 * The function (state, X, rows, labels, scales) → [loss, next state]; scales: of Adam's moments at this t.
 *
 * @param {Case} one
 */
function makeUpdate({ dims = [], batchSize = 0, learningRate = 0, reg = 0, updateRule }) {
  const differentiate = valueAndGrad(
    (/** @type {Parameters} */ { W, b }, /** @type {any} */ x, /** @type {any} */ labels) => {
      const logs = nn.logSoftmax(scoresOf({ W: W.map((w) => w.ref), b }, x), -1);
      const loss = logs
        .mul(nn.oneHot(labels, dims.at(-1)))
        .sum()
        .mul(-1 / batchSize);
      return W.reduce(
        (sum, w) =>
          sum.add(
            np
              .square(w)
              .sum()
              .mul(0.5 * reg),
          ),
        loss,
      );
    },
  );
  return jit(
    (
      /** @type {any} */ { parameters, m, v },
      /** @type {any} */ X,
      /** @type {any} */ rows,
      /** @type {any} */ labels,
      /** @type {any} */ scales,
    ) => {
      const [loss, gradients] = differentiate(refs(parameters), np.take(X, rows, 0), labels);
      if (updateRule === 'sgd') {
        scales.dispose();
        const moved = mapParameters(parameters, (p, key, i) => p.sub(gradients[key][i].mul(learningRate)));
        return [loss, { parameters: moved, m, v }];
      }
      const [rate, correction] = np.split(scales, 2);
      const nextM = mapParameters(m, (each, key, i) =>
        each.mul(beta1).add(gradients[key][i].ref.mul(1 - beta1)),
      );
      const nextV = mapParameters(v, (each, key, i) =>
        each.mul(beta2).add(np.square(gradients[key][i]).mul(1 - beta2)),
      );
      const moved = mapParameters(parameters, (p, key, i) => {
        const denominator = np.sqrt(nextV[key][i].ref).mul(correction.ref).add(epsilon);
        return p.sub(nextM[key][i].ref.div(denominator).mul(rate.ref));
      });
      rate.dispose();
      correction.dispose();
      return [loss, { parameters: moved, m: nextM, v: nextV }];
    },
  );
}

/**
 * @param {Case} one
 * @returns {import('./serve.js').Workload}
 */
function prepareStep(one) {
  const { dataRows = 0, batchSize = 0, learningRate = 0, updateRule } = one;
  const { X, y, batches, parameters } = prepareNet(one);
  const moments = () => (updateRule === 'adam' ? zerosLike(parameters) : { W: [], b: [] });
  let state = { parameters, m: moments(), v: moments() };
  const update = makeUpdate(one);
  let t = 0;
  return {
    run(steps) {
      const drawn = batches.randint(dataRows, steps * batchSize);
      const values = [];
      const started = performance.now();
      for (let step = 0; step < steps; step++) {
        t++;
        const rows = drawn.slice(step * batchSize, (step + 1) * batchSize);
        const labels = np.array(
          rows.map((row) => y[row] ?? 0),
          { dtype: np.int32 },
        );
        const scales = [learningRate / (1 - beta1 ** t), 1 / Math.sqrt(1 - beta2 ** t)];
        const [loss, next] = update(
          state,
          X.ref,
          np.array(rows, { dtype: np.int32 }),
          labels,
          np.array(scales),
        );
        state = next;
        values.push(loss.dataSync()[0]);
      }
      return { seconds: (performance.now() - started) / 1000, values };
    },
    dispose() {
      X.dispose();
      for (const part of Object.values(state)) {
        mapParameters(part, (each) => each.dispose());
      }
    },
  };
}

/** @param {Parameters} parameters */
const classifier = (parameters) => {
  const classes = jit((/** @type {Parameters} */ given, /** @type {any} */ x) =>
    np.argmax(scoresOf(given, x), -1),
  );
  return (/** @type {any} */ x) => classes(refs(parameters), x).dataSync();
};

/**
 * @param {Case} one
 * @returns {import('./serve.js').Workload}
 */
function preparePredict(one) {
  const { X, parameters } = prepareNet(one);
  const predict = classifier(parameters);
  return {
    run(count) {
      /** @type {Int32Array} */
      let values = new Int32Array(0);
      const started = performance.now();
      for (let i = 0; i < count; i++) values = predict(X.ref);
      return { seconds: (performance.now() - started) / 1000, values };
    },
    dispose: () => X.dispose(),
  };
}

/**
 * @param {Case} one
 * @returns {import('./serve.js').Workload}
 */
function prepareLatency(one) {
  const { X, parameters } = prepareNet(one);
  const predict = classifier(parameters);
  const rows = np.split(X, one.dataRows ?? 1);
  return {
    run(count) {
      const values = new Int32Array(count);
      const started = performance.now();
      for (let i = 0; i < count; i++) values[i] = predict(rows[i % rows.length].ref)[0] ?? -1;
      return { seconds: (performance.now() - started) / 1000, values };
    },
  };
}

const { default: manifest } = await import('./package.json', { with: { type: 'json' } });
await serve(`jax-js ${manifest.dependencies['@jax-js/jax']}, wasm, Node ${process.version}`, {
  step: prepareStep,
  predict: preparePredict,
  latency: prepareLatency,
});
