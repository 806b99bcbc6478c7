import { RandomState } from '../../dist/index.js';

/** @typedef {import('../cases.js').Case} Case */

/**
 * Operands of a layer function, drawn as numpy_by_hand.py draws them.
 *
 * @param {Case} one
 */
export function drawCall({ m = 0, k = 0, n = 0 }) {
  const rng = new RandomState(1);
  const normals = (/** @type {number} */ count, /** @type {number} */ scale) =>
    Float32Array.from(rng.randn(count).data, (z) => z * scale);
  const x = normals(m * (k === 0 ? n : k), 1);
  const w = normals(k * n, k === 0 ? 1 : 1 / Math.sqrt(k));
  const b = normals(n, 0.1);
  const dout = normals(m * n, 1);
  const y = rng.randint(n, m);
  return { x, w, b, dout, y };
}

/**
 * Batch and weights of the whole step.
 *
 * @param {Case} one
 */
export function drawStep({ dims = [], batchSize = 0 }) {
  const [D = 0, H = 0, C = 0] = dims;
  const rng = new RandomState(1);
  const normals = (/** @type {number} */ count, /** @type {number} */ scale) =>
    Float32Array.from(rng.randn(count).data, (z) => z * scale);
  const X = normals(batchSize * D, 1);
  const W1 = normals(D * H, Math.sqrt(2 / D));
  const W2 = normals(H * C, Math.sqrt(2 / H));
  const y = rng.randint(C, batchSize);
  return { X, y, W1, b1: new Float32Array(H), W2, b2: new Float32Array(C) };
}

/**
 * What is compared of the results: of each array Σ|v| and Σv², which sums in another order change little.
 *
 * @param {readonly ArrayLike<number>[]} arrays
 */
export function sums(arrays) {
  return arrays.flatMap((array) => {
    let absolute = 0;
    let squares = 0;
    for (let i = 0; i < array.length; i++) {
      const value = /** @type {number} */ (array[i]);
      absolute += Math.abs(value);
      squares += value * value;
    }
    return [absolute, squares];
  });
}
