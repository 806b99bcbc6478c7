import { StateError } from '../../core/errors.js';
import { any, checkOptions, oneOf, optional } from '../../core/options.js';
import type { LabelsLike, Tensor, TensorLike } from '../../core/tensors/tensor.js';
import { type Loss, type LossName, type LossOptionsOf, lossOf } from '../../nn/losses/index.js';
import { lossAndGradient } from './loss-and-gradient.js';

/** Options of a criterion's `forward`. */
export interface CriterionForwardOptions {
  /** N numbers from 0 on that the losses of the rows are multiplied by; the mean stays Σ weight·loss / N. */
  readonly sampleWeight?: TensorLike;
}

/** Of every criterion. */
export interface Reduction {
  /**
   * `'mean'`, the default: over the rows, or of a loss that is a mean over the columns, over all elements; with weights of classes and
   * ignored rows, over the sum of the weights. `'sum'`: of all of them. As in PyTorch.
   */
  readonly reduction?: 'mean' | 'sum';
}

const forwardOptions = { sampleWeight: optional(any) };

/** A loss for loops that a user writes: `forward` gives its value, `backward` its gradient. */
export abstract class Criterion {
  readonly #who: string;
  readonly #loss: Loss;
  readonly #reduction: 'mean' | 'sum';
  #gradient: Tensor | undefined;

  protected constructor(who: string, name: LossName, options: object = {}) {
    // An options object is checked as the loss's own, whose errors name the criterion.
    const { reduction, ...own } = checkedRecord(who, options);
    this.#who = who;
    this.#reduction = checkOptions(who, reduction === undefined ? {} : { reduction }, {
      reduction: optional(oneOf('mean', 'sum'), 'mean'),
    }).reduction;
    this.#loss = lossOf(who, { name, ...own });
  }

  /**
   * The loss of the rows.
   * @param scores (N, C)
   * @param target N class indices, or for losses on numbers and SoftmaxCrossEntropyLoss also (N, C) targets
   * @throws ShapeError, LabelError, ArgumentError for what does not fit
   */
  forward(scores: TensorLike, target: LabelsLike | TensorLike, options?: CriterionForwardOptions): number {
    const who = `${this.#who}.forward`;
    const sampleWeight =
      options === undefined ? undefined : checkOptions(who, options, forwardOptions).sampleWeight;
    const { loss, gradient } = lossAndGradient({
      loss: this.#loss,
      who,
      names: { scores: 'scores', target: 'y' },
      scores,
      target,
      ...(sampleWeight === undefined
        ? {}
        : { sampleWeight: { values: sampleWeight, what: `${who}: sampleWeight` } }),
      severalClasses: true,
      reduction: this.#reduction,
    });
    this.#gradient = gradient;
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

function checkedRecord(who: string, options: unknown): Readonly<Record<string, unknown>> {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return { ...options };
  checkOptions(who, options, {});
  return {};
}

/**
 * −log p[y] on probabilities, the output of a Softmax layer (ECE285). `weight`: what each class counts; `labelSmoothing`: how much of
 * each label goes to all classes alike; `ignoreIndex`: the label of rows that count for nothing.
 */
export class CrossEntropyLoss extends Criterion {
  constructor(options: LossOptionsOf<'crossEntropy'> & Reduction = {}) {
    super('CrossEntropyLoss', 'crossEntropy', options);
  }
}

/** −log softmax(s)[y] on scores, stable for any finite ones: PyTorch's CrossEntropyLoss with its options. */
export class SoftmaxCrossEntropyLoss extends Criterion {
  constructor(options: LossOptionsOf<'softmaxCrossEntropy'> & Reduction = {}) {
    super('SoftmaxCrossEntropyLoss', 'softmaxCrossEntropy', options);
  }
}

/** −(1 − p)^γ log p, p = softmax(s)[y] (Lin et al. 2017); default γ = 2, `weight` is their α, one a class. */
export class FocalLoss extends Criterion {
  constructor(options: LossOptionsOf<'focal'> & Reduction = {}) {
    super('FocalLoss', 'focal', options);
  }
}

/** Σ max(0, s_j − s_y + 1) over the wrong classes: cs231n's `svm_loss`. */
export class HingeLoss extends Criterion {
  constructor(options: Reduction = {}) {
    super('HingeLoss', 'hinge', options);
  }
}

/** Σ max(0, s_j − s_y + 1)² over the wrong classes. */
export class SquaredHingeLoss extends Criterion {
  constructor(options: Reduction = {}) {
    super('SquaredHingeLoss', 'squaredHinge', options);
  }
}

/** −p t log σ(s) − (1 − t) log(1 − σ(s)), t in 0 … 1, the mean over the columns; `posWeight` p, for all columns or each. */
export class BCEWithLogitsLoss extends Criterion {
  constructor(options: LossOptionsOf<'bceWithLogits'> & Reduction = {}) {
    super('BCEWithLogitsLoss', 'bceWithLogits', options);
  }
}

/**
 * Squared error; labels are taken as one-hot rows. `convention` of a row: `half`, ½ Σ (s − t)² as in CS145, the default; `sum`; `mean`,
 * PyTorch's.
 */
export class MSELoss extends Criterion {
  constructor(options: LossOptionsOf<'mse'> & Reduction = {}) {
    super('MSELoss', 'mse', options);
  }
}

/** |s − t|, the mean over the columns. */
export class L1Loss extends Criterion {
  constructor(options: Reduction = {}) {
    super('L1Loss', 'l1', options);
  }
}

/** ½ d² where |d| ≤ δ, else δ (|d| − ½ δ), d = s − t, the mean over the columns; default δ = 1. */
export class HuberLoss extends Criterion {
  constructor(options: LossOptionsOf<'huber'> & Reduction = {}) {
    super('HuberLoss', 'huber', options);
  }
}

/** log cosh (s − t), the mean over the columns. */
export class LogCoshLoss extends Criterion {
  constructor(options: Reduction = {}) {
    super('LogCoshLoss', 'logCosh', options);
  }
}

/**
 * t (log t − s) of log-probabilities s and probabilities t, the mean over all elements; `reduction: 'batchmean'` is the mean over the rows
 * of the sums over the columns. As in PyTorch.
 */
export class KLDivLoss extends Criterion {
  constructor(options: { readonly reduction?: 'mean' | 'batchmean' | 'sum' } = {}) {
    const { reduction, ...own } = checkOptions('KLDivLoss', options, {
      reduction: optional(oneOf('mean', 'batchmean', 'sum'), 'mean'),
    });
    const mapped = reduction === 'batchmean' ? { over: 'sum' } : { reduction };
    super('KLDivLoss', 'klDiv', { ...own, ...mapped });
  }
}

/** e^s − t s of counts t, the mean over the columns: PyTorch's with its defaults. */
export class PoissonNLLLoss extends Criterion {
  constructor(options: Reduction = {}) {
    super('PoissonNLLLoss', 'poissonNll', options);
  }
}

/** max(τ d, (τ − 1) d), d = t − s, at the levels τ: for each target as many scores, side by side. */
export class QuantileLoss extends Criterion {
  constructor(options: LossOptionsOf<'quantile'> & Reduction = {}) {
    super('QuantileLoss', 'quantile', options);
  }
}
