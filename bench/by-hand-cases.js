/** @typedef {import('./cases.js').Case} Case */

/**
 * The layer functions of loops that a user writes, as the courses have them, at the courses' sizes: a batch of `m` rows, `k` features of a row,
 * `n` outputs (where the output has the input's shape, `k` is 0).
 *
 * @type {readonly (readonly [call: string, m: number, k: number, n: number])[]}
 */
const calls = [
  ['affineForward', 200, 784, 100],
  ['affineForward', 200, 100, 10],
  ['affineForward', 256, 1024, 1024],
  ['affineBackward', 200, 784, 100],
  ['affineBackward', 200, 100, 10],
  ['affineBackward', 256, 1024, 1024],
  ['affineBackward', 200, 3072, 50],
  ['affineReluForward', 200, 784, 100],
  ['affineReluBackward', 200, 784, 100],
  ['reluForward', 200, 0, 1024],
  ['reluBackward', 200, 0, 1024],
  ['sigmoidForward', 200, 0, 1024],
  ['sigmoidBackward', 200, 0, 1024],
  ['tanhForward', 200, 0, 1024],
  ['tanhBackward', 200, 0, 1024],
  ['softmaxLoss', 200, 0, 10],
  ['softmaxLoss', 256, 0, 1000],
  ['svmLoss', 200, 0, 10],
  ['mseLoss', 200, 0, 10],
];

/** Those that write their results where the caller says: a loop which makes no garbage. @type {typeof calls} */
const givenCalls = [
  ['affineForward', 200, 784, 100],
  ['affineForward', 256, 1024, 1024],
  ['affineBackward', 200, 784, 100],
  ['affineBackward', 256, 1024, 1024],
  ['reluForward', 200, 0, 1024],
  ['reluBackward', 200, 0, 1024],
];

/** Sums of float32 in another order. */
const agreement = /** @type {const} */ ({ units: 1, of: 'numbers', tolerance: 1e-4 });

/**
 * @param {string} call
 * @param {number} m
 * @param {number} k
 * @param {number} n
 * @param {boolean} [given] Whether the results are written where the caller says.
 * @returns {Case}
 */
function callCase(call, m, k, n, given = false) {
  const id = `${call} ${[m, k, n].filter((size) => size > 0).join('×')}${given ? ', { out }' : ''}`;
  const passes = call.endsWith('Backward') ? 2 : 1;
  const flops = k === 0 ? {} : { flops: 2 * passes * m * k * n };
  return { kind: 'by-hand', id, title: id, dtype: 'float32', agreement, call, m, k, n, given, ...flops };
}

/** A whole step: affine, ReLU, affine, softmax loss, the gradients, plain descent. */
const step = { dims: [784, 100, 10], batchSize: 200, learningRate: 1e-3 };

/** @type {readonly Case[]} */
export const byHandCases = [
  ...calls.map(([call, m, k, n]) => callCase(call, m, k, n)),
  ...givenCalls.map(([call, m, k, n]) => callCase(call, m, k, n, true)),
  ...['step of functions', 'TwoLayerNet.loss'].map((call) => ({
    kind: /** @type {const} */ ('by-hand'),
    id: `${call} 784-100-10`,
    title: `${call} 784-100-10, 200 rows`,
    dtype: /** @type {const} */ ('float32'),
    agreement,
    call,
    ...step,
  })),
  {
    kind: 'by-hand memory',
    id: 'memory of steps of functions',
    title: `highest resident memory in 100,000 steps of functions 784-100-10, 200 rows`,
    dtype: 'float32',
    call: 'step of functions',
    units: 1,
    repetitions: 1,
    steps: 100_000,
    ...step,
  },
];
