import { expectation } from '../core/describe.js';
import { ShapeError } from '../core/errors.js';
import {
  abortSignal,
  boolean,
  checkOptions,
  fn,
  nonNegative,
  oneOf,
  optional,
  positive,
  positiveInteger,
} from '../core/options.js';
import { rngOf } from '../core/random-options.js';
import { asLabels, asTensor, type LabelsLike, type Tensor, type TensorLike } from '../core/tensor.js';
import { normal, zeros } from '../nn/initializers.js';
import type { LayerConfig } from '../nn/layer.js';
import { layers } from '../nn/layers/index.js';
import type { RegMode } from './lowering.js';
import { Model, type ModelOptions, modelOptions } from './model.js';
import type { NamedTensors } from './parameter-memory.js';
import { expectKind, readModel, restoreModel } from './saving.js';

export interface TwoLayerNetOptions extends ModelOptions {
  /** Features of a row of X. */
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numClasses: number;
  /** The standard deviation of the initial weights; default 1e-4. The biases begin as zeros. */
  readonly std?: number;
  /** Softmax cross-entropy, the default (Chula, cs231n), or mean squared error on one-hot labels (CS145). */
  readonly loss?: 'softmax' | 'mse';
  /** How λ enters: `loss`, ½λΣW² in the loss, the default; `lossFull`, λΣW² (cs231n); `gradient`, λW in the gradient only. */
  readonly regMode?: RegMode;
  /** The order in which the initial weights are drawn: (in, out), the default, or CS145's (out, in). */
  readonly weightLayout?: 'inOut' | 'outIn';
}

export interface TwoLayerTrainOptions {
  /** Default 1e-3. */
  readonly learningRate?: number;
  /** The learning rate is multiplied by this once an epoch; default 0.95. */
  readonly learningRateDecay?: number;
  /** λ; default 5e-6. */
  readonly reg?: number;
  /** Steps; default 100. */
  readonly numIters?: number;
  /** Rows drawn with replacement for each step; default 200. */
  readonly batchSize?: number;
  /** Prints the loss every 100 steps; default false. */
  readonly verbose?: boolean;
  /** Stops the training; `train` then rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: TwoLayerProgress) => void;
}

export interface TwoLayerProgress {
  /** Steps done. */
  readonly iteration: number;
  readonly numIters: number;
  /** That of the last step. */
  readonly loss: number;
}

export interface TwoLayerHistory {
  /** The loss of every step. */
  readonly lossHistory: readonly number[];
  /** Once an epoch: the accuracy on the step's batch, after the step. */
  readonly trainAccHistory: readonly number[];
  /** Once an epoch: the accuracy on the validation set. */
  readonly valAccHistory: readonly number[];
}

/** A call of the backend does at most so many steps, and so many row indices. */
const maxSteps = 10_000;
const maxIndices = 4_000_000;

/**
 * The two-layer net of CS145, Chula and cs231n: affine, ReLU, affine, with a softmax or squared-error loss and L2 regularization.
 *
 * ```ts
 * const net = new TwoLayerNet({ inputSize: 784, hiddenSize: 50, numClasses: 10, seed: 0 });
 * await net.train(X, y, XVal, yVal, { learningRate: 1e-3, numIters: 1000 });
 * net.predict(XVal);
 * ```
 */
export class TwoLayerNet extends Model {
  readonly #config: LayerConfig;
  #history: { lossHistory: number[]; trainAccHistory: number[]; valAccHistory: number[] } = emptyHistory();

  /** @throws ArgumentError for an option that is unknown, missing or out of range */
  constructor(options: TwoLayerNetOptions) {
    const checked = checkOptions('TwoLayerNet', options, {
      ...modelOptions,
      inputSize: positiveInteger,
      hiddenSize: positiveInteger,
      numClasses: positiveInteger,
      std: optional(nonNegative, 1e-4),
      loss: optional(oneOf('softmax', 'mse'), 'softmax'),
      regMode: optional(oneOf('loss', 'lossFull', 'gradient'), 'loss'),
      weightLayout: optional(oneOf('inOut', 'outIn'), 'inOut'),
    });
    const { inputSize, hiddenSize, numClasses, std, loss, regMode, weightLayout, dtype } = checked;
    const drawn = { init: normal(std), biasInit: zeros, weightLayout };
    super({
      kind: 'TwoLayerNet',
      layers: [
        new layers.Linear(inputSize, hiddenSize, drawn),
        new layers.ReLU(),
        new layers.Linear(hiddenSize, numClasses, drawn),
      ],
      inputSize,
      objective: { loss: loss === 'mse' ? 'mse' : 'softmaxCrossEntropy', regMode },
      reg: 0,
      dtype,
      rng: rngOf('TwoLayerNet', checked),
      preparation: checked.preparation,
    });
    this.#config = { inputSize, hiddenSize, numClasses, std, loss, regMode, weightLayout };
  }

  static fromConfig(config: LayerConfig): TwoLayerNet {
    return new TwoLayerNet(config as unknown as TwoLayerNetOptions);
  }

  /**
   * Reads a net that `save` wrote.
   * @throws FormatError for a file that holds anything else
   */
  static async load(path: string | URL): Promise<TwoLayerNet> {
    const { description, tensors } = await readModel('TwoLayerNet.load', path);
    expectKind(String(path), description, 'TwoLayerNet');
    return restoreModel(String(path), description, tensors, TwoLayerNet.fromConfig);
  }

  override config(): LayerConfig {
    return this.#config;
  }

  /** Views of the gradients that the last step left, by the parameters' names. */
  override get grads(): NamedTensors {
    return this.memory.grads;
  }

  /** What the last call of `train` has recorded so far, also when it was aborted or diverged. */
  get history(): TwoLayerHistory {
    return this.#history;
  }

  /**
   * Stochastic gradient descent as in CS145 and Chula: each step draws `batchSize` rows with replacement from the net's generator; in
   * every iteration that N / batchSize (at least 1) divides, the accuracies are recorded and then the learning rate decays. Off
   * the main thread.
   * @param X (N, inputSize) of float32, float64 or uint8
   * @param y N class indices
   * @param XVal (M, inputSize)
   * @param yVal M class indices
   * @throws the signal's reason when it is aborted; the net is as the last whole step left it
   * @throws DivergenceError when a loss is NaN or infinite, naming the iteration and the layer where it began
   * @throws StateError while another training of the net runs
   */
  async train(
    X: TensorLike,
    y: LabelsLike,
    XVal: TensorLike,
    yVal: LabelsLike,
    options: TwoLayerTrainOptions = {},
  ): Promise<TwoLayerHistory> {
    const who = 'TwoLayerNet.train';
    const { learningRate, learningRateDecay, reg, numIters, batchSize, verbose, signal, onProgress } =
      checkOptions(who, options, {
        learningRate: optional(nonNegative, 1e-3),
        learningRateDecay: optional(positive, 0.95),
        reg: optional(nonNegative, 5e-6),
        numIters: optional(positiveInteger, 100),
        batchSize: optional(positiveInteger, 200),
        verbose: optional(boolean, false),
        signal: optional(abortSignal),
        onProgress: optional(fn<(progress: TwoLayerProgress) => void>()),
      });
    const train = this.#rowsAndLabels(X, y, `${who}: X`, `${who}: y`);
    const val = this.#rowsAndLabels(XVal, yVal, `${who}: XVal`, `${who}: yVal`);
    signal?.throwIfAborted();
    const run = this.startTraining({ ...train, rule: { name: 'sgd' }, batchSize, reg });
    const history = emptyHistory();
    this.#history = history;
    const { lossHistory } = history;
    const count = train.y.length;
    const iterationsPerEpoch = Math.max(count / batchSize, 1);
    const mostSteps = Math.max(1, Math.min(maxSteps, Math.floor(maxIndices / batchSize)));
    let rate = learningRate;
    try {
      while (lossHistory.length < numIters) {
        const first = lossHistory.length;
        // Up to the next iteration after which accuracies are recorded and the learning rate changes.
        let last = first;
        while (last % iterationsPerEpoch !== 0 && last - first + 1 < mostSteps && last + 1 < numIters) last++;
        const indices = new Int32Array((last - first + 1) * batchSize);
        for (let at = 0; at < indices.length; at += batchSize)
          indices.set(this.rng.choice(count, batchSize), at);
        const { losses, error } = await run.steps(indices, rate, {
          ...(signal === undefined ? {} : { signal }),
          ...(onProgress === undefined
            ? {}
            : { onProgress: (done, loss) => onProgress({ iteration: first + done, numIters, loss }) }),
        });
        lossHistory.push(...losses);
        if (verbose) printLosses(losses, first, numIters);
        signal?.throwIfAborted();
        if (error !== undefined) throw error;
        if (last % iterationsPerEpoch === 0) {
          const stop = signal === undefined ? {} : { signal };
          const batch = indices.subarray(indices.length - batchSize);
          history.trainAccHistory.push(await this.accuracy(train.X, train.y, { rows: batch, ...stop }));
          history.valAccHistory.push(await this.accuracy(val.X, val.y, stop));
          rate *= learningRateDecay;
        }
      }
    } finally {
      run.end();
    }
    return history;
  }

  /** The data where they lie, and labels that were looked at once. */
  #rowsAndLabels(X: TensorLike, y: LabelsLike, whatX: string, whatY: string): { X: Tensor; y: Int32Array } {
    const rows = asTensor(X, whatX, { shape: ['N', this.inputSize] });
    const [count = 0] = rows.shape;
    if (count === 0) throw new ShapeError(expectation(whatX, 'to have at least one row', 'none'));
    return { X: rows, y: asLabels(y, count, this.numClasses, whatY) };
  }
}

function emptyHistory(): { lossHistory: number[]; trainAccHistory: number[]; valAccHistory: number[] } {
  return { lossHistory: [], trainAccHistory: [], valAccHistory: [] };
}

/** Every 100th iteration, as the courses print it. */
function printLosses(losses: Float64Array, first: number, numIters: number): void {
  for (const [i, loss] of losses.entries()) {
    if ((first + i) % 100 === 0) console.log(`iteration ${first + i} / ${numIters}: loss ${loss.toFixed(6)}`);
  }
}
