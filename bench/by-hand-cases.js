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

/** Sums of float32 in another order. */
const agreement = /** @type {const} */ ({ units: 1, of: 'numbers', tolerance: 1e-4 });

/**
 * @param {string} call
 * @param {number} m
 * @param {number} k
 * @param {number} n
 * @returns {Case}
 */
function callCase(call, m, k, n) {
  const id = `${call} ${[m, k, n].filter((size) => size > 0).join('×')}`;
  const passes = call.endsWith('Backward') ? 2 : 1;
  const flops = k === 0 ? {} : { flops: 2 * passes * m * k * n };
  return { kind: 'by-hand', id, title: id, dtype: 'float32', agreement, call, m, k, n, ...flops };
}

/** A whole step: affine, ReLU, affine, softmax loss, the gradients, plain descent. */
const step = { dims: [784, 100, 10], batchSize: 200, learningRate: 1e-3 };

/** @type {readonly Case[]} */
export const byHandCases = [
  ...calls.map(([call, m, k, n]) => callCase(call, m, k, n)),
  ...['step of functions', 'TwoLayerNet.loss'].map((call) => ({
    kind: /** @type {const} */ ('by-hand'),
    id: `${call} 784-100-10`,
    title: `${call} 784-100-10, 200 rows`,
    dtype: /** @type {const} */ ('float32'),
    agreement,
    call,
    ...step,
  })),
];
