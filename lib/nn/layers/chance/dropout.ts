import { checkOptions, type Rule } from '../../../core/options.js';
import { Layer, type LayerConfig } from '../../layer.js';
import type { Scope, Value } from '../../scope.js';

/** A probability below 1. */
export const dropProbability: Rule<number> = {
  expected: 'a number from 0 to below 1',
  plural: 'numbers from 0 to below 1',
  accepts: (value): value is number => typeof value === 'number' && value >= 0 && value < 1,
};

/** A probability above 0. */
const keepProbability: Rule<number> = {
  expected: 'a number above 0, up to 1',
  plural: 'numbers above 0, up to 1',
  accepts: (value): value is number => typeof value === 'number' && value > 0 && value <= 1,
};

/**
 * In training each number is dropped with probability p, and what is kept is divided by 1 − p: y = x·mask / (1 − p), dx = dy·mask / (1 − p)
 * (Srivastava et al. 2014, inverted as cs231n and PyTorch have it); predictions are computed as if it were not there. The mask is drawn
 * again in the backward pass: from the model's seed, the number of the step and the place in the net.
 */
export class Dropout extends Layer {
  readonly kind = 'Dropout';
  /** The probability to be dropped. */
  readonly p: number;

  /**
   * @param p the probability to be dropped, PyTorch's and Keras's, default 0.5; or `{ keep }`, the one to be kept, which cs231n calls p
   * @throws ArgumentError for a p outside 0 … 1, or that leaves nothing
   */
  constructor(p: number | { readonly keep: number } = 0.5) {
    super();
    this.p =
      typeof p === 'object' && p !== null
        ? 1 - checkOptions('Dropout', p, { keep: keepProbability }).keep
        : checkOptions('Dropout', { p }, { p: dropProbability }).p;
  }

  static fromConfig(config: LayerConfig): Dropout {
    return new Dropout(config.p as number);
  }

  static example(): Dropout {
    return new Dropout(0.4);
  }

  override forward(scope: Scope, x: Value): Value {
    if (scope.mode === 'infer' || this.p === 0) return x;
    const { step, seed } = scope;
    const draw = { keep: 1 - this.p, seed, stream: scope.stream(), step };
    const y = scope.value('dropout', x.shape);
    scope.emit('dropout', { x, y }, { ...draw, beta: 0 });
    return scope.record(y, [x], (dy) =>
      scope.accumulate(x, (dx, beta) => scope.emit('dropout', { x: dy, y: dx }, { ...draw, beta })),
    );
  }

  override config(): LayerConfig {
    return { p: this.p };
  }
}
