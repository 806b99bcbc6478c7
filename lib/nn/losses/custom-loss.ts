import { asTensor, Tensor } from '../../core/tensors/tensor.js';
import type { BuilderSlot, ProgramBuilder } from '../../ops/builder.js';
import type { LayerConfig } from '../layer.js';
import { type EmittedLoss, type Loss, type Measured, outputsOf } from './loss.js';

/**
 * A loss of your own, with forward and backward in JavaScript; give it to a model as the option `loss`. It runs inside the model's
 * program on either backend, on the main thread (a net that has one trains there, in slices between which the event loop turns), and
 * the gradient check covers it.
 *
 * ```js
 * class Cubic extends CustomLoss {
 *   forward(scores, target) {
 *     this.d = scores.toArray().map((row, i) => row.map((s, j) => s - target.get(i, j)));
 *     return tensor(this.d.map((row) => row.reduce((sum, d) => sum + Math.abs(d) ** 3, 0)));
 *   }
 *   backward() {
 *     return tensor(this.d.map((row) => row.map((d) => (3 * d * Math.abs(d)) / this.d.length)));
 *   }
 * }
 * ```
 */
export abstract class CustomLoss {
  /** Its name in files: that of the class. */
  get kind(): string {
    return this.constructor.name;
  }

  /** What it aims at: numbers, or class labels. */
  get target(): 'targets' | 'labels' {
    return 'targets';
  }

  /** What evaluations measure beside it: by default R² of numbers, and the accuracy of labels. */
  get measured(): Measured {
    return this.target === 'labels' ? 'classes' : 'numbers';
  }

  /** Columns of the targets for so many scores. */
  targetCols(cols: number): number {
    return cols;
  }

  /**
   * The loss of each row. It may keep what `backward` needs on `this`, but must not change what it is given.
   * @param scores (N, C), of the model's dtype
   * @param target (N, targetCols) numbers, or (N) labels
   * @returns (N)
   */
  abstract forward(scores: Tensor, target: Tensor): Tensor;

  /**
   * The gradient of the mean of the rows' losses by the scores: divided by N already. It is called right after `forward`.
   * @returns (N, C)
   */
  abstract backward(): Tensor;

  /** Plain data that a file keeps and that your class's `static fromConfig(config)` makes an equal loss of. */
  config(): LayerConfig {
    return {};
  }
}

let made = 0;
const keys = new WeakMap<CustomLoss, string>();

/** A user's loss as models compute with it. */
export function hostLoss(custom: CustomLoss): Loss {
  const { kind, target, measured } = custom;
  // Two losses of one class may compute differently.
  const key = keys.get(custom) ?? `custom ${++made}`;
  keys.set(custom, key);
  return {
    name: kind,
    target,
    measured,
    eachTarget: undefined,
    config: { custom: kind, config: custom.config() },
    key,
    weight: undefined,
    weighsClasses: false,
    ignoreIndex: undefined,
    rowDivisor: () => 1,
    targetCols: (cols) => custom.targetCols(cols),
    misfit: () => undefined,
    prediction: (j) => ({ col: j }),
    emit: (builder, scores, given) => emitHost(custom, builder, scores, given),
  };
}

function emitHost(
  custom: CustomLoss,
  builder: ProgramBuilder,
  scores: BuilderSlot,
  target: BuilderSlot,
): EmittedLoss {
  const { losses, dscores } = outputsOf(builder, scores);
  const { dtype } = builder;
  builder.host([scores, target], [losses, dscores], ({ rows, views: [s, t, perRow, ds] }) => {
    const shape = target.dtype === 'int32' ? [rows] : [rows, target.cols];
    const values = custom.forward(new Tensor(s!, [rows, scores.cols]), new Tensor(t!, shape));
    const what = `${custom.kind}.forward: its result`;
    perRow!.set(asTensor(values, what, { shape: [rows], dtype, convert: true }).elements());
    const gradient = asTensor(custom.backward(), `${custom.kind}.backward: its result`, {
      shape: [rows, scores.cols],
      dtype,
      convert: true,
    });
    ds!.set(gradient.elements());
  });
  return { losses, dscores };
}
