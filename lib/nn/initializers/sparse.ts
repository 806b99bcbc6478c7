import { expectation } from '../../core/describe.js';
import { ShapeError } from '../../core/errors.js';
import { checkValue, fraction, nonNegative } from '../../core/options.js';
import { formatShape } from '../../core/tensors/shape.js';
import { type Initializer, multiply } from './initializer.js';

/**
 * Normals of which, in each column of the matrix, ⌈sparsity · rows⌉ are zeros (Martens 2010; PyTorch's `sparse_`). A column of (in, out)
 * weights holds what one output adds up, so each output begins with as many connections.
 * @param sparsity the share of zeros, 0 … 1
 * @param std the standard deviation of the others; default 0.01
 * @throws ShapeError, when it draws, for what is no matrix
 */
export function sparse(sparsity: number, std = 0.01): Initializer {
  checkValue('sparse: sparsity', sparsity, fraction);
  checkValue('sparse: std', std, nonNegative);
  return {
    name: `sparse(${sparsity}, ${std})`,
    draw(rng, shape) {
      const [rows, cols] = shape;
      if (shape.length !== 2) {
        throw new ShapeError(
          expectation('sparse: the parameter', 'to be a matrix', `shape ${formatShape(shape)}`),
        );
      }
      const values = new Float64Array(rows! * cols!);
      rng.fillRandn(values);
      multiply(values, std);
      const numZeros = Math.ceil(sparsity * rows!);
      for (let col = 0; col < cols!; col++) {
        for (const row of rng.permutation(rows!).subarray(0, numZeros)) values[row * cols! + col] = 0;
      }
      return values;
    },
  };
}
