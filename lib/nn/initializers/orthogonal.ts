import { expectation } from '../../core/describe.js';
import { ShapeError } from '../../core/errors.js';
import { checkValue, positive } from '../../core/options.js';
import { elementCount, formatShape } from '../../core/tensors/shape.js';
import type { Initializer } from './initializer.js';

/**
 * A matrix whose rows or columns, whichever are fewer, are orthonormal, times a gain (Saxe et al. 2014; PyTorch's `orthogonal_`): Q of
 * the QR decomposition of standard normals, with the signs that make R's diagonal positive, so that it is any such matrix with the same
 * likelihood. Weights of more axes, (outChannels, inChannels, kH, kW), are taken as (outChannels, the rest). The time it takes grows with
 * rows · columns · the fewer of them: seconds for 1000 × 1000.
 * @param gain default 1; √2 for ReLU
 * @throws ShapeError, when it draws, for a parameter of one axis
 */
export function orthogonal(gain = 1): Initializer {
  checkValue('orthogonal: gain', gain, positive);
  return {
    name: `orthogonal(${gain})`,
    draw(rng, shape) {
      if (shape.length < 2) {
        const expected = 'to have at least two axes';
        throw new ShapeError(
          `${expectation('orthogonal: the parameter', expected, `shape ${formatShape(shape)}`)}; zeros are for biases`,
        );
      }
      const rows = shape[0]!;
      const cols = elementCount(shape.slice(1));
      const values = new Float64Array(rows * cols);
      rng.fillRandn(values);
      const wide = rows < cols;
      // The vectors that are made orthonormal, one after the other: the rows of a wide matrix, the columns of any other.
      const q = orthonormal(wide ? values : transposed(values, rows, cols), Math.max(rows, cols));
      for (let i = 0; i < q.length; i++) q[i] = q[i]! * gain;
      return wide ? q : transposed(q, cols, rows);
    },
  };
}

/**
 * The columns of Q, where A = Q·R and R has a positive diagonal, by Householder's reflections.
 * @param a the columns of A, each of `length` numbers and not more of them than that; left in disorder
 */
function orthonormal(a: Float64Array, length: number): Float64Array {
  const count = a.length / length;
  const signs = new Float64Array(count);
  const scales = new Float64Array(count);
  // Column k keeps, from its element k on, the vector v of its reflection x − scale·v·(v·x), which leaves of it its first element alone.
  for (let k = 0; k < count; k++) {
    const v = a.subarray(k * length + k, (k + 1) * length);
    const norm = Math.sqrt(dot(v, v));
    const first = v[0]!;
    signs[k] = first > 0 ? -1 : 1;
    v[0] = first - signs[k]! * norm;
    const square = dot(v, v);
    scales[k] = square === 0 ? 0 : 2 / square;
    for (let j = k + 1; j < count; j++) reflect(a.subarray(j * length + k, (j + 1) * length), v, scales[k]!);
  }
  const q = new Float64Array(a.length);
  for (let k = 0; k < count; k++) q[k * length + k] = signs[k]!;
  for (let k = count - 1; k >= 0; k--) {
    const v = a.subarray(k * length + k, (k + 1) * length);
    for (let j = k; j < count; j++) reflect(q.subarray(j * length + k, (j + 1) * length), v, scales[k]!);
  }
  return q;
}

/** x − scale·v·(v·x), in place. */
function reflect(x: Float64Array, v: Float64Array, scale: number): void {
  const factor = scale * dot(v, x);
  for (let i = 0; i < v.length; i++) x[i] = x[i]! - factor * v[i]!;
}

/** Four sums, so that an addition need not wait for the one before it. */
function dot(x: Float64Array, y: Float64Array): number {
  const { length } = x;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < length; i += 4) {
    s0 += x[i]! * y[i]!;
    s1 += x[i + 1]! * y[i + 1]!;
    s2 += x[i + 2]! * y[i + 2]!;
    s3 += x[i + 3]! * y[i + 3]!;
  }
  for (; i < length; i++) s0 += x[i]! * y[i]!;
  return s0 + s1 + (s2 + s3);
}

function transposed(values: Float64Array, rows: number, cols: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) result[j * rows + i] = values[i * cols + j]!;
  }
  return result;
}
