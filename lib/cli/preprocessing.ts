import { FormatError } from '../core/errors.js';
import { allocate } from '../core/memory.js';
import { Tensor } from '../core/tensor.js';

/**
 * What happens to the pixels before a net sees them: (x − mean) / divisor. It is kept in the model's file, so that
 * `predict` does the same as `train`.
 */
export class Preprocessing {
  /** (D), float32; undefined: nothing is subtracted. */
  readonly mean: Tensor | undefined;
  readonly divisor: number;

  constructor(mean: Tensor | undefined, divisor: number) {
    this.mean = mean;
    this.divisor = divisor;
  }

  /** @param X (N, D); itself when there is nothing to do, else float32 */
  apply(X: Tensor): Tensor {
    const { mean, divisor } = this;
    if (mean === undefined && divisor === 1) return X;
    const [rows = 0, cols = 0] = X.shape;
    const source = X.elements();
    const data = allocate('float32', source.length);
    for (let row = 0, i = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++, i++) {
        data[i] = (source[i]! - (mean?.data[col] ?? 0)) / divisor;
      }
    }
    return new Tensor(data, X.shape);
  }

  /** What is saved beside the model. */
  toFile(): { readonly tensors: Record<string, Tensor>; readonly metadata: Record<string, string> } {
    return {
      tensors: this.mean === undefined ? {} : { [meanName]: this.mean },
      metadata: { [divisorName]: String(this.divisor) },
    };
  }

  /** @throws FormatError for a divisor that is no positive number */
  static fromFile(file: {
    readonly tensors: Readonly<Record<string, Tensor>>;
    readonly metadata: Readonly<Record<string, string>>;
  }): Preprocessing {
    const divisor = Number(file.metadata[divisorName] ?? 1);
    if (!(divisor > 0 && Number.isFinite(divisor))) {
      throw new FormatError(
        `model file: expected ${divisorName} to be a positive number but received ${file.metadata[divisorName]}`,
      );
    }
    return new Preprocessing(file.tensors[meanName], divisor);
  }

  /** @param X (N, D), the training rows */
  static meanOf(X: Tensor): Tensor {
    const [rows = 0, cols = 0] = X.shape;
    const source = X.elements();
    const sums = new Float64Array(cols);
    for (let row = 0, i = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++, i++) sums[col] = sums[col]! + source[i]!;
    }
    return new Tensor(Float32Array.from(sums, (sum) => sum / rows));
  }
}

const meanName = 'preprocessing.mean';
const divisorName = 'preprocessing.divisor';
