import { RandomState } from '../../dist/index.js';

/** @typedef {import('../cases.js').Case} Case */

/**
 * @typedef {object} Drawing
 * @property {Float32Array} X (dataRows, D)
 * @property {Int32Array} y
 * @property {{ rows: number, cols: number, data: Float32Array }[]} weights One (in, out) matrix for each layer.
 * @property {RandomState} batches
 */

/**
 * Data and weights with the seeds of lib/cli/benchmark-step.ts, for the peers from npm.
 *
 * @param {Case} one
 * @returns {Drawing}
 */
export function draw({ dims = [], dataRows = 0 }) {
  const inputs = dims[0] ?? 0;
  const rng = new RandomState(1);
  const X = Float32Array.from(rng.randint(256, dataRows * inputs), (pixel) => (pixel - 128) / 64);
  const y = rng.randint(dims.at(-1) ?? 0, dataRows);
  const normals = new RandomState(0);
  const weights = dims.slice(1).map((cols, layer) => {
    const rows = dims[layer] ?? 0;
    const scale = Math.sqrt(2 / rows);
    const data = Float32Array.from(normals.normal(0, 1, [rows, cols]).data, (normal) => normal * scale);
    return { rows, cols, data };
  });
  return { X, y, weights, batches: new RandomState(2) };
}
