import { expectation } from '../../core/describe.js';
import { ShapeError, StateError } from '../../core/errors.js';
import { allocateResult } from '../../core/memory.js';
import { formatShape } from '../../core/tensors/shape.js';
import { asTensor, type LabelsLike, Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import { givenTarget } from '../../net/inputs.js';
import { type LossName, losses } from '../../nn/losses.js';
import { commonDtype } from './common-dtype.js';
import { lossCall } from './layer-call.js';

/** A loss for loops that a user writes: `forward` gives its value, `backward` its gradient. */
export abstract class Criterion {
  readonly #who: string;
  readonly #loss: LossName;
  #gradient: Tensor | undefined;

  protected constructor(who: string, loss: LossName) {
    this.#who = who;
    this.#loss = loss;
  }

  /**
   * The mean loss over the rows.
   * @param scores (N, C)
   * @param y N class indices; for MSELoss and SoftmaxCrossEntropyLoss also (N, C) targets
   * @throws ShapeError, LabelError, ArgumentError for what does not fit
   */
  forward(scores: TensorLike, y: LabelsLike | TensorLike): number {
    const what = `${this.#who}.forward: scores`;
    const dtype = commonDtype(scores);
    const given = asTensor(scores, what, { rank: 2, dtype, convert: true });
    const [count = 0, cols = 0] = given.shape;
    if (given.size === 0) {
      throw new ShapeError(
        expectation(what, 'to have at least one row and column', formatShape(given.shape)),
      );
    }
    if (cols === 1 && losses[this.#loss].target !== 'targets') {
      const expected = 'to have at least 2 columns, since of one class the loss is always 0,';
      throw new ShapeError(`${expectation(what, expected, '1')}; MSELoss is for numbers`);
    }
    const target = givenTarget(y, count, cols, `${this.#who}.forward: y`, this.#loss, dtype);
    const dscores = allocateResult(dtype, count * cols);
    const call = lossCall(this.#loss, dtype, cols, target.kind);
    const loss = call.run(count, given.elements(), target, dscores);
    this.#gradient = new Tensor(dscores, [count, cols]);
    return loss;
  }

  /**
   * The gradient of the last `forward` by its scores, (N, C).
   * @throws StateError before any `forward`
   */
  backward(): Tensor {
    if (this.#gradient === undefined) {
      throw new StateError(`${this.#who}.backward: expected a forward before it but there was none`);
    }
    return this.#gradient;
  }
}

/** −log p[y] on probabilities, the output of a Softmax layer (ECE285). */
export class CrossEntropyLoss extends Criterion {
  constructor() {
    super('CrossEntropyLoss', 'crossEntropy');
  }
}

/** −log softmax(s)[y] on scores, stable for any finite ones: PyTorch's CrossEntropyLoss. */
export class SoftmaxCrossEntropyLoss extends Criterion {
  constructor() {
    super('SoftmaxCrossEntropyLoss', 'softmaxCrossEntropy');
  }
}

/** ½ Σ (s − t)² a row, as in CS145; labels are taken as one-hot rows. */
export class MSELoss extends Criterion {
  constructor() {
    super('MSELoss', 'mse');
  }
}

/** Σ max(0, s_j − s_y + 1) over the wrong classes: cs231n's `svm_loss`. */
export class HingeLoss extends Criterion {
  constructor() {
    super('HingeLoss', 'hinge');
  }
}
