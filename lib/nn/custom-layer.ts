import type { Tensor } from '../core/tensors/tensor.js';
import type { InitializerLike } from './initializers.js';
import type { LayerConfig } from './layer.js';

/** A parameter of a layer written in JavaScript. */
export interface CustomParameter {
  readonly shape: readonly number[];
  /** How it begins; default zeros. */
  readonly init?: InitializerLike;
  /** Whether L2 regularization counts it; default false. */
  readonly regularized?: boolean;
}

/**
 * A layer of your own, with forward and backward in JavaScript; give it to a `Sequential` as any other layer. It runs inside the
 * model's program on either backend, on the main thread (a net that has one therefore trains there, in slices between which
 * the event loop turns), and the gradient check covers it.
 *
 * ```js
 * class Scale extends CustomLayer {
 *   parameters(inputSize) {
 *     return { gain: { shape: [inputSize], init: 'ones' } };
 *   }
 *   forward(x) {
 *     this.x = x;
 *     const { gain } = this.params;
 *     return tensor(x.toArray().map((row) => row.map((value, j) => value * gain.get(j))));
 *   }
 *   backward(dout) {
 *     const { gain } = this.params;
 *     const dgain = this.grads.gain;
 *     const rows = this.x.toArray();
 *     return tensor(
 *       dout.toArray().map((row, i) =>
 *         row.map((value, j) => {
 *           dgain.set(j, dgain.get(j) + value * rows[i][j]);
 *           return value * gain.get(j);
 *         }),
 *       ),
 *     );
 *   }
 * }
 * ```
 */
export abstract class CustomLayer {
  /** The values of the parameters, by name, while `forward` and `backward` run. */
  params: Readonly<Record<string, Tensor>> = {};
  /** While `backward` runs: zeros, into which it writes (or adds) the gradients of the parameters. */
  grads: Readonly<Record<string, Tensor>> = {};

  /** Its name in files and summaries: that of the class. */
  get kind(): string {
    return this.constructor.name;
  }

  /** Features that a row of the input must have; default: any number. */
  get inputSize(): number | undefined {
    return undefined;
  }

  /** Features of a row of the output; default: as many as the input has. */
  outputSize(inputSize: number): number {
    return inputSize;
  }

  /** The parameters by name; default none. */
  parameters(_inputSize: number): Readonly<Record<string, CustomParameter>> {
    return {};
  }

  /**
   * y = f(x). It may keep what `backward` needs on `this`, `x` included, but must not change x.
   * @param x (N, inputSize), of the model's dtype
   * @returns (N, outputSize)
   */
  abstract forward(x: Tensor): Tensor;

  /**
   * The gradient of the loss by x, and those by the parameters into `this.grads`. The latest `forward` was that of the same x
   * (it is called again where something else was computed between).
   * @param dout (N, outputSize), the gradient by what `forward` returned
   * @returns (N, inputSize)
   */
  abstract backward(dout: Tensor): Tensor;

  /** Plain data that a file keeps and that your class's `static fromConfig(config)` makes an equal layer of. */
  config(): LayerConfig {
    return {};
  }
}
