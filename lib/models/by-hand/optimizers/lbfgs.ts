import type { Callback } from '../../../core/callback.js';
import { describe } from '../../../core/describe.js';
import { ArgumentError, DivergenceError } from '../../../core/errors.js';
import {
  abortSignal,
  type Checked,
  checkOptions,
  checkValue,
  fn,
  nonNegative,
  optional,
  positiveInteger,
} from '../../../core/options.js';
import type { LabelsLike, TensorLike } from '../../../core/tensors/tensor.js';
import {
  type Curvature,
  type MinimizeProgress,
  type MinimizeResult,
  minimize,
  NotFinite,
  type Objective,
} from '../../../optim/lbfgs/minimize.js';
import type { AnyModel } from '../../model.js';
import { checkedNet } from './optimizer.js';

export interface LBFGSOptions {
  /** Iterations of one call; default 200, as scikit-learn's `max_iter`. */
  readonly maxIterations?: number;
  /** Evaluations of the loss in one call, of which an iteration takes one or a few; default 15000, as SciPy's `maxfun`. */
  readonly maxEvaluations?: number;
  /** Iterations that the approximation of the Hessian remembers; default 10, as SciPy's `maxcor`. */
  readonly historySize?: number;
  /** Ends where max |g| is at most this; default 1e-5, as SciPy's `gtol`. */
  readonly gradientTolerance?: number;
  /** Ends where an iteration lowers the loss by at most this times max(loss before, loss after, 1); default 2.2e-9, as SciPy's `ftol`. */
  readonly lossTolerance?: number;
}

export interface LBFGSMinimizeOptions {
  /** λ; default: the model's own. */
  readonly reg?: number;
  /** Stops after the evaluation at hand; `minimize` then rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Called after each iteration. The minimization waits for a promise that it returns, and rejects with it. */
  readonly onProgress?: Callback<[progress: MinimizeProgress]>;
}

const lbfgsOptions = {
  maxIterations: optional(positiveInteger, 200),
  maxEvaluations: optional(positiveInteger, 15_000),
  historySize: optional(positiveInteger, 10),
  gradientTolerance: optional(nonNegative, 1e-5),
  lossTolerance: optional(nonNegative, 2.2e-9),
};

/**
 * L-BFGS (Liu & Nocedal 1989): minimizes the loss over all rows at once, with an approximation of the Hessian made of the last steps, and
 * steps whose lengths satisfy the strong Wolfe conditions. For small data it needs far fewer passes than any rule that takes batches, and no
 * learning rate; best in float64. As scikit-learn's `solver='lbfgs'` and SciPy's `L-BFGS-B` without bounds.
 *
 * ```ts
 * const { loss, iterations, reason } = await new LBFGS(net).minimize(X, y);
 * ```
 * Nothing in it is drawn: the same net and rows give the same bits.
 */
export class LBFGS {
  readonly net: AnyModel;
  readonly #limits: Checked<typeof lbfgsOptions>;
  /** Of the calls of `step`. */
  readonly #history: Curvature[] = [];

  /** @throws ArgumentError for an option that is unknown or out of range, or a net without parameters */
  constructor(net: AnyModel, options: LBFGSOptions = {}) {
    this.#limits = checkOptions('LBFGS', options, lbfgsOptions);
    this.net = checkedNet('LBFGS', net);
    if (net.numParameters === 0) {
      throw new ArgumentError('LBFGS: expected a model with parameters but it has none');
    }
  }

  /**
   * Minimizes the net's loss, with its regularization, over all rows, off the main thread. However it ends, the net has the lowest
   * parameters that were found.
   * @param X (N, inputSize); memory for the activations of all rows is taken
   * @param y as `net.loss` takes it
   * @throws the signal's reason when it is aborted
   * @throws DivergenceError where the loss is NaN or infinite from the start, naming where it began, or on all of a way downhill
   * @throws ArgumentError for a net whose loss leaves its regularization out (`regMode: 'gradient'`), one with `l1` or `maxNorm`, and for X or
   *   y that do not fit
   * @throws StateError while a training of the net runs
   */
  async minimize(
    X: TensorLike,
    y: LabelsLike | TensorLike,
    options: LBFGSMinimizeOptions = {},
  ): Promise<MinimizeResult> {
    const who = 'LBFGS.minimize';
    const { reg, signal, onProgress } = checkOptions(who, options, {
      reg: optional(nonNegative, this.net.reg),
      signal: optional(abortSignal),
      onProgress: optional(fn<Callback<[progress: MinimizeProgress]>>()),
    });
    signal?.throwIfAborted();
    const batch = this.net.startFullBatch(who, X, y, reg);
    try {
      const evaluate = async () => {
        const loss = await batch.evaluate();
        signal?.throwIfAborted();
        return loss;
      };
      return await this.#minimize(evaluate, [], onProgress, (found) =>
        found.loss === undefined || Number.isFinite(found.loss)
          ? divergence(who, found)
          : batch.divergence(0, found.loss),
      );
    } finally {
      batch.end();
    }
  }

  /**
   * The same for a loss of the caller's own, with what was learnt in earlier calls of `step` kept: PyTorch's `step(closure)`.
   * @param closure computes loss and gradients of all rows at the net's parameters as they are, `() => net.loss(X, y).loss`, or with
   *   `zeroGrad`, forward and backward pass; must not be random
   * @throws DivergenceError where the loss is NaN or infinite from the start, or on all of a way downhill
   * @throws ArgumentError for a closure that gives no number, and whatever it throws; the net has the lowest parameters then
   */
  async step(closure: () => number | Promise<number>): Promise<MinimizeResult> {
    const who = 'LBFGS.step';
    checkValue(`${who}: the closure`, closure, fn<typeof closure>());
    const evaluate = async () => {
      const loss: unknown = await closure();
      if (typeof loss === 'number') return loss;
      throw new ArgumentError(
        `${who}: expected the closure to give the loss, a number, but received ${describe(loss)}`,
      );
    };
    return this.#minimize(evaluate, this.#history, undefined, (found) => divergence(who, found));
  }

  async #minimize(
    evaluate: Objective['evaluate'],
    history: Curvature[],
    onProgress: LBFGSMinimizeOptions['onProgress'],
    divergenceOf: (found: NotFinite) => DivergenceError,
  ): Promise<MinimizeResult> {
    const { parameters: point, gradients: gradient } = this.net.vectors;
    try {
      return await minimize({ point, gradient, evaluate }, this.#limits, history, async (progress) => {
        await onProgress?.(progress);
      });
    } catch (error) {
      throw error instanceof NotFinite ? divergenceOf(error) : error;
    }
  }
}

function divergence(who: string, { loss, iterations }: NotFinite): DivergenceError {
  const what =
    loss === undefined
      ? `after ${iterations} iterations, loss or gradients are not finite wherever a step downhill leads`
      : `loss or gradients are not finite at the start, where the loss is ${loss}`;
  return new DivergenceError(`${who}: ${what}`, iterations);
}
