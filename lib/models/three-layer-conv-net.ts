import { ArgumentError } from '../core/errors.js';
import { arrayOf, checkOptions, nonNegative, optional, positiveInteger } from '../core/options.js';
import { rngOf } from '../core/random/random-options.js';
import type { NamedTensors } from '../net/parameter-memory.js';
import { normal, zeros } from '../nn/initializers.js';
import type { LayerConfig } from '../nn/layer.js';
import { layers } from '../nn/layers/index.js';
import { lossOf } from '../nn/losses/index.js';
import { expectKind, readModel, restoreModel } from './files/saving.js';
import { Model } from './model.js';
import { type ModelOptions, modelOptions } from './model-options.js';

export interface ThreeLayerConvNetOptions extends ModelOptions {
  /** (C, H, W) of a picture; default (3, 32, 32). */
  readonly inputDim?: readonly number[];
  /** Default 32. */
  readonly numFilters?: number;
  /** Pixels along each side of a filter, an odd number, so that pictures keep their size; default 7. */
  readonly filterSize?: number;
  /** Default 100. */
  readonly hiddenDim?: number;
  /** Default 10. */
  readonly numClasses?: number;
  /** The standard deviation of the initial weights; default 1e-3. The biases begin as zeros. */
  readonly weightScale?: number;
  /** λ of ½λΣW²; default 0. */
  readonly reg?: number;
}

/**
 * cs231n's `ThreeLayerConvNet`: conv - relu - 2×2 max pool - affine - relu - affine - softmax, with stride 1 and a border that keeps the
 * size of the pictures. Parameters W1 (F, C, size, size), b1, W2 (F·H/2·W/2, hidden), b2, W3 (hidden, classes), b3.
 *
 * ```ts
 * const net = new ThreeLayerConvNet({ inputDim: [3, 32, 32], numFilters: 32, filterSize: 7, hiddenDim: 100, seed: 0 });
 * ```
 */
export class ThreeLayerConvNet extends Model {
  readonly #config: LayerConfig;

  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(options: ThreeLayerConvNetOptions = {}) {
    const who = 'ThreeLayerConvNet';
    const checked = checkOptions(who, options, {
      ...modelOptions,
      inputDim: optional(arrayOf(positiveInteger), [3, 32, 32]),
      numFilters: optional(positiveInteger, 32),
      filterSize: optional(positiveInteger, 7),
      hiddenDim: optional(positiveInteger, 100),
      numClasses: optional(positiveInteger, 10),
      weightScale: optional(nonNegative, 1e-3),
      reg: optional(nonNegative, 0),
    });
    const { inputDim, numFilters, filterSize, hiddenDim, numClasses, weightScale, reg } = checked;
    const [channels = 0, height = 0, width = 0] = inputDim;
    if (inputDim.length !== 3) {
      throw new ArgumentError(
        `${who}: expected option inputDim to be three numbers, (C, H, W), but received ${inputDim.length}`,
      );
    }
    if (filterSize % 2 === 0) {
      throw new ArgumentError(
        `${who}: expected option filterSize to be odd, so that pictures keep their size, but received ${filterSize}`,
      );
    }
    const drawn = { init: normal(weightScale), biasInit: zeros };
    const pooled = numFilters * Math.floor(height / 2) * Math.floor(width / 2);
    super({
      kind: who,
      layers: [
        new layers.Conv2d(channels, numFilters, filterSize, { padding: (filterSize - 1) / 2, ...drawn }),
        new layers.ReLU(),
        new layers.MaxPool2d(2),
        new layers.Flatten(),
        new layers.Linear(Math.max(1, pooled), hiddenDim, drawn),
        new layers.ReLU(),
        new layers.Linear(hiddenDim, numClasses, drawn),
      ],
      inputShape: inputDim,
      objective: { loss: lossOf('ThreeLayerConvNet: the loss', 'softmaxCrossEntropy'), regMode: 'loss' },
      reg,
      dtype: checked.dtype,
      rng: rngOf(who, checked),
      preparation: checked.preparation,
    });
    this.#config = { inputDim, numFilters, filterSize, hiddenDim, numClasses, reg };
  }

  static fromConfig(config: LayerConfig): ThreeLayerConvNet {
    return new ThreeLayerConvNet(config as unknown as ThreeLayerConvNetOptions);
  }

  /**
   * Reads a net that `save` wrote.
   * @throws FormatError for a file that holds anything else
   */
  static async load(path: string | URL): Promise<ThreeLayerConvNet> {
    const { description, tensors } = await readModel('ThreeLayerConvNet.load', path);
    expectKind(String(path), description, 'ThreeLayerConvNet');
    return restoreModel(String(path), description, tensors, ThreeLayerConvNet.fromConfig);
  }

  override config(): LayerConfig {
    return this.#config;
  }

  /** Views of the gradients that the last step left, by the parameters' names. */
  override get grads(): NamedTensors {
    return this.memory.grads;
  }
}
