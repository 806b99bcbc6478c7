import { performance } from 'node:perf_hooks';
import * as gemmnet from '../../dist/index.js';
import { drawCall, drawStep, sums } from './by_hand_drawing.js';

/** @typedef {import('../cases.js').Case} Case */
/** @typedef {import('./serve.js').Workload} Workload */

const {
  RandomState,
  Tensor,
  TwoLayerNet,
  affineBackward,
  affineForward,
  reluBackward,
  reluForward,
  softmaxLoss,
} = gemmnet;

/**
 * Results are brought into row-major order, if they lie otherwise, when the clock has stopped.
 *
 * @param {() => readonly (ArrayLike<number> | import('../../dist/index.js').Tensor)[]} call
 */
const repeated = (call) => ({
  /** @param {number} units */
  run(units) {
    /** @type {ReturnType<typeof call>} */
    let results = [];
    const started = performance.now();
    for (let i = 0; i < units; i++) results = call();
    const seconds = (performance.now() - started) / 1000;
    return { seconds, values: sums(results.map((each) => (each instanceof Tensor ? elements(each) : each))) };
  },
});

/** @param {import('../../dist/index.js').Tensor} tensor */
const elements = (tensor) => tensor.elements();

/**
 * Layer functions by name, whose results this file must not depend on the types of.
 *
 * @type {Record<string, (...args: any[]) => any>}
 */
const functions = /** @type {any} */ (gemmnet);

/**
 * @param {Case} one
 * @returns {Workload}
 */
export function prepareByHand(one) {
  if (one.call === 'step of functions') return prepareStep(one);
  if (one.call === 'TwoLayerNet.loss') return prepareLoss(one);
  const { call = '', m = 0, k = 0, n = 0 } = one;
  const drawn = drawCall(one);
  const x = new Tensor(drawn.x, k === 0 ? [m, n] : [m, k]);
  const dout = new Tensor(drawn.dout, [m, n]);
  const f = functions[call];
  if (f === undefined) throw new Error(`gemmnet has no ${call}`);
  if (call.endsWith('Loss')) {
    const y = call === 'mseLoss' ? dout : drawn.y;
    return repeated(() => {
      const { loss, dx } = f(x, y);
      return [[loss], elements(dx)];
    });
  }
  /** Where the results go. @param {Record<string, import('../../dist/index.js').Tensor>} out */
  const into = (out) => (one.given ? [{ out }] : []);
  const empty = (/** @type {number[]} */ ...shape) =>
    new Tensor(new Float32Array(shape.reduce((product, size) => product * size, 1)), shape);
  const weights = k === 0 ? [] : [new Tensor(drawn.w, [k, n]), new Tensor(drawn.b, [n])];
  if (call.endsWith('Forward')) {
    const options = into({ out: empty(m, n) });
    return repeated(() => [elements(f(x, ...weights, ...options).out)]);
  }
  const forward = functions[call.replace('Backward', 'Forward')];
  if (forward === undefined) throw new Error(`gemmnet has no forward function of ${call}`);
  const { cache } = forward(x, ...weights);
  if (k === 0) {
    const options = into({ dx: empty(m, n) });
    return repeated(() => [elements(f(dout, cache, ...options))]);
  }
  const options = into({ dx: empty(m, k), dw: empty(k, n), db: empty(n) });
  return repeated(() => {
    const { dx, dw, db } = f(dout, cache, ...options);
    return [elements(dx), elements(dw), elements(db)];
  });
}

/**
 * @param {Case} one
 * @returns {Workload}
 */
function prepareStep(one) {
  return repeated(stepOf(one));
}

/** Microseconds of the processor after which a loop ends that has not done all of its steps. */
const patience = 900e6;

function spent() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * The highest resident memory in a loop that never waits.
 *
 * @param {Case} one
 * @returns {Workload}
 */
export function prepareResidentMemory(one) {
  const { steps = 0 } = one;
  const step = stepOf(one);
  return {
    run() {
      const started = spent();
      /** @type {number[]} */
      const samples = [];
      while (1000 * samples.length < steps && spent() - started < patience) {
        for (let i = 0; i < 1000; i++) step();
        samples.push(process.memoryUsage.rss());
      }
      const [first = 0, last = 0] = [samples[0], samples.at(-1)];
      return { bytes: Math.max(...samples), resident: { steps: 1000 * samples.length, first, last } };
    },
  };
}

/** @param {Case} one */
function stepOf(one) {
  const { X, y, W1, b1, W2, b2 } = drawStep(one);
  const [D = 0, H = 0, C = 0] = one.dims ?? [];
  const x = new Tensor(X, [one.batchSize ?? 0, D]);
  const params = [new Tensor(W1, [D, H]), new Tensor(b1), new Tensor(W2, [H, C]), new Tensor(b2)];
  const [w1, bias1, w2, bias2] = /** @type {[any, any, any, any]} */ (params);
  const rate = one.learningRate ?? 0;
  return () => {
    const first = affineForward(x, w1, bias1);
    const hidden = reluForward(first.out);
    const second = affineForward(hidden.out, w2, bias2);
    const { loss, dx } = softmaxLoss(second.out, y);
    const back2 = affineBackward(dx, second.cache);
    const back1 = affineBackward(reluBackward(back2.dx, hidden.cache), first.cache);
    for (const [parameter, gradient] of /** @type {const} */ ([
      [w1, back1.dw],
      [bias1, back1.db],
      [w2, back2.dw],
      [bias2, back2.db],
    ])) {
      const { data } = parameter;
      const g = gradient.data;
      for (let i = 0; i < data.length; i++) data[i] -= rate * (g[i] ?? 0);
    }
    return [[loss]];
  };
}

/**
 * @param {Case} one
 * @returns {Workload}
 */
function prepareLoss(one) {
  const { X, y, W1, b1, W2, b2 } = drawStep(one);
  const [inputSize = 0, hiddenSize = 0, numClasses = 0] = one.dims ?? [];
  const net = new TwoLayerNet({ inputSize, hiddenSize, numClasses, rng: new RandomState(0) });
  net.restoreParams({
    W1: { data: W1, shape: [inputSize, hiddenSize] },
    b1,
    W2: { data: W2, shape: [hiddenSize, numClasses] },
    b2,
  });
  const x = new Tensor(X, [one.batchSize ?? 0, inputSize]);
  return repeated(() => {
    const { loss, grads } = net.loss(x, y, { reg: 0 });
    return [[loss], .../** @type {any[]} */ ([grads.W1, grads.b1, grads.W2, grads.b2])];
  });
}
