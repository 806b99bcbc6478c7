import type { TypedArray } from '../core/dtype.js';
import { StateError } from '../core/errors.js';
import { allocateResult } from '../core/memory.js';
import {
  any,
  arrayOf,
  checkOptions,
  checkValue,
  nonNegative,
  oneOf,
  optional,
  positiveInteger,
} from '../core/options.js';
import { rngOf } from '../core/random/random-options.js';
import { firstNonFinite } from '../core/tensors/finite.js';
import { asLabels, type LabelsLike, Tensor, type TensorLike } from '../core/tensors/tensor.js';
import { asRows, inputDtype, inputRows, Scratch } from '../net/inputs.js';
import { lowerClassifier } from '../net/lowering.js';
import type { NamedTensors } from '../net/parameter-memory.js';
import type { OptimizerState } from '../net/training/optimizer-state.js';
import { fanIn, zeros } from '../nn/initializers.js';
import type { Layer, LayerConfig } from '../nn/layer.js';
import { layers } from '../nn/layers/index.js';
import { lossOf } from '../nn/losses/index.js';
import { expectKind, readModel, restoreModel } from './files/saving.js';
import { Model } from './model.js';
import { type ModelOptions, modelOptions } from './model-options.js';

export interface NeuralNetworkOptions extends ModelOptions {
  /** Features of a row of X. */
  readonly inputSize: number;
  readonly hiddenSizes: readonly number[];
  readonly numClasses: number;
}

export interface NeuralNetworkUpdate {
  /** Default 1e-2 for sgd, 1e-3 for adam. */
  readonly learningRate?: number;
  /** Default `'sgd'`. */
  readonly optimizer?: 'sgd' | 'adam';
  /** Adam's; default 0.9. */
  readonly beta1?: number;
  /** Adam's; default 0.999. */
  readonly beta2?: number;
  /** Adam's; default 1e-8. */
  readonly epsilon?: number;
  /** What Adam's bias correction takes as the number of the step, from 1; default: counted. (CS498 counts epochs.) */
  readonly t?: number;
}

/**
 * CS498's net: ReLU layers of any number, softmax scores, weights that begin as randn / √in; the user writes the loop.
 *
 * ```ts
 * const scores = net.forward(X);              // probabilities (N, numClasses)
 * const loss = net.backward(y, 1e-5);         // mean cross-entropy + ½λΣW², and the gradients
 * net.update({ learningRate: 3e-4, optimizer: 'adam', t: epoch });
 * ```
 */
export class NeuralNetwork extends Model<'classification'> {
  readonly #config: LayerConfig;
  readonly #inputs: Scratch;
  readonly #states = new Map<'sgd' | 'adam', OptimizerState>();
  /** What the last forward pass has left for the backward pass. */
  #last: { readonly x: TypedArray; readonly count: number } | undefined;

  /** @throws ArgumentError for an option that is unknown, missing or out of range */
  constructor(options: NeuralNetworkOptions) {
    const who = 'NeuralNetwork';
    const checked = checkOptions(who, options, {
      ...modelOptions,
      inputSize: positiveInteger,
      hiddenSizes: arrayOf(positiveInteger),
      numClasses: positiveInteger,
    });
    const { inputSize, hiddenSizes, numClasses, dtype } = checked;
    const drawn = { init: fanIn, biasInit: zeros };
    const chain: Layer[] = [];
    let size = inputSize;
    for (const hidden of hiddenSizes) {
      chain.push(new layers.Linear(size, hidden, drawn), new layers.ReLU());
      size = hidden;
    }
    chain.push(new layers.Linear(size, numClasses, drawn));
    super({
      kind: who,
      layers: chain,
      inputShape: [inputSize],
      objective: { loss: lossOf('NeuralNetwork: the loss', 'softmaxCrossEntropy'), regMode: 'loss' },
      reg: 0,
      dtype,
      rng: rngOf(who, checked),
      preparation: checked.preparation,
    });
    this.#config = { inputSize, hiddenSizes, numClasses };
    this.#inputs = new Scratch();
  }

  static fromConfig(config: LayerConfig): NeuralNetwork {
    return new NeuralNetwork(config as unknown as NeuralNetworkOptions);
  }

  /**
   * Reads a net that `save` wrote.
   * @throws FormatError for a file that holds anything else
   */
  static async load(path: string | URL): Promise<NeuralNetwork> {
    const { description, tensors } = await readModel('NeuralNetwork.load', path);
    expectKind(String(path), description, 'NeuralNetwork');
    return restoreModel(String(path), description, tensors, NeuralNetwork.fromConfig);
  }

  override config(): LayerConfig {
    return this.#config;
  }

  /** Views of the gradients that the last step left, by the parameters' names. */
  override get grads(): NamedTensors {
    return this.memory.grads;
  }

  /**
   * The forward pass; `backward` goes on from it.
   * @param X (N, inputSize); must stay as it is until `backward`
   * @returns the probabilities of the classes, (N, numClasses)
   * @throws ArgumentError for an X with a NaN or an infinity that shows there
   */
  forward(X: TensorLike): Tensor {
    const what = 'NeuralNetwork.forward: X';
    const rows = asRows(X, this.network, what);
    const { count } = rows;
    const x = inputRows(rows, 0, count, this.network, this.#inputs);
    const probs = allocateResult(this.dtype, count * this.numClasses);
    this.#last = undefined;
    this.#passes(x).run(count, { x, probs, labels: new Int32Array(count) }, {}, ['forward']);
    if (firstNonFinite(probs) >= 0) this.evaluation.explain(rows, what);
    this.#last = { x, count };
    return new Tensor(probs, [count, this.numClasses]);
  }

  /**
   * The backward pass of the last forward pass: the gradients into `grads`.
   * @param y N class indices
   * @param reg λ of ½λΣW², default 0
   * @returns the mean cross-entropy plus ½λΣW²
   * @throws StateError before any forward pass, or while a training runs
   */
  backward(y: LabelsLike, reg = 0): number {
    const who = 'NeuralNetwork.backward';
    const last = this.#last;
    if (last === undefined)
      throw new StateError(`${who}: expected a forward pass before it but there was none`);
    const { x, count } = last;
    const labels = asLabels(y, count, this.numClasses, `${who}: y`);
    checkValue(`${who}: reg`, reg, nonNegative);
    this.assertIdle(who);
    const program = this.#passes(x);
    // These phases do not touch the probabilities, but all buffers are bound.
    const probs = allocateResult(this.dtype, count * this.numClasses);
    program.run(count, { x, probs, labels }, { reg }, ['loss', 'backward']);
    return program.scalar('loss');
  }

  /**
   * One step of SGD or Adam on the gradients of the last backward pass.
   * @throws ArgumentError for an option that is unknown or out of range
   * @throws StateError while a training runs
   */
  update(options: NeuralNetworkUpdate = {}): void {
    const { optimizer, t, ...given } = checkOptions('NeuralNetwork.update', options, {
      learningRate: optional(nonNegative),
      optimizer: optional(oneOf('sgd', 'adam'), 'sgd'),
      beta1: optional(any),
      beta2: optional(any),
      epsilon: optional(any),
      t: optional(positiveInteger),
    });
    const { learningRate, ...adam } = given;
    const state = this.#states.get(optimizer) ?? this.newOptimizerState(optimizer);
    this.#states.set(optimizer, state);
    // As in the course, plain SGD takes Adam's numbers and leaves them alone.
    const hyperparameters = optimizer === 'adam' ? { learningRate, ...adam } : { learningRate };
    this.applyUpdate(state, hyperparameters as Record<string, number>, t);
  }

  #passes(x: TypedArray) {
    const dtype = inputDtype(this.network, x);
    return this.program(`classifier ${dtype}`, () => lowerClassifier(this.network, 'loss', dtype));
  }
}
