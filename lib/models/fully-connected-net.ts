import { ArgumentError } from '../core/errors.js';
import {
  arrayOf,
  boolean,
  checkOptions,
  either,
  nonNegative,
  oneOf,
  optional,
  positiveInteger,
  record,
} from '../core/options.js';
import { rngOf } from '../core/random/random-options.js';
import type { RegMode } from '../net/lowering.js';
import type { NamedTensors } from '../net/parameter-memory.js';
import { type InitializerLike, initializer, normal, zeros } from '../nn/initializers.js';
import type { Layer, LayerConfig } from '../nn/layer.js';
import { dropProbability } from '../nn/layers/chance/dropout.js';
import { layers } from '../nn/layers/index.js';
import { type CustomLossClasses, lossFromConfig } from '../nn/losses/index.js';
import { expectKind, readModel, restoreModel } from './files/saving.js';
import { type NetLoss, netLossRule } from './loss-option.js';
import { Model } from './model.js';
import { type ModelOptions, modelOptions } from './model-options.js';
import { type PenaltyOptions, penaltiesOf, penaltyOptions } from './penalty-options.js';
import { chooseByTask, type Task, taskNames } from './task.js';

const activations = {
  relu: layers.ReLU,
  leakyRelu: layers.LeakyReLU,
  elu: layers.ELU,
  selu: layers.SELU,
  gelu: layers.GELU,
  silu: layers.SiLU,
  mish: layers.Mish,
  sigmoid: layers.Sigmoid,
  hardsigmoid: layers.Hardsigmoid,
  tanh: layers.Tanh,
  softplus: layers.Softplus,
} as const;
type Activation = keyof typeof activations;
const activationNames = Object.keys(activations) as Activation[];

const norms = { batchnorm: layers.BatchNorm1d, layernorm: layers.LayerNorm } as const;

export interface FullyConnectedNetOptions<T extends Task = 'classification'>
  extends ModelOptions,
    PenaltyOptions {
  /** Features of a row of X. */
  readonly inputDim: number;
  /** The sizes of the hidden layers. */
  readonly hiddenDims: readonly number[];
  /** The outputs: classes, questions or numbers. May be left out for the tasks `binary` and `regression`, of one. */
  readonly numClasses?: number;
  /** What the net is for, which picks the loss, and what `predict` and evaluations give; default: by the loss. */
  readonly task?: T;
  /** What follows each hidden layer, with PyTorch's defaults where it takes a number; default `'relu'`. */
  readonly activation?: Activation;
  /** What stands between a hidden layer and its activation: default nothing. Parameters gamma1, beta1, …; see {@link BatchNorm1d}, {@link LayerNorm}. */
  readonly normalization?: 'batchnorm' | 'layernorm';
  /** The probability with which a hidden unit is dropped in training, or `{ keep }`, cs231n's; default 0. See {@link Dropout}. */
  readonly dropout?: number | { readonly keep: number };
  /** Adds to what a hidden layer with its activation gives what it takes, wherever both are of one size; default false. */
  readonly residual?: boolean;
  /**
   * The standard deviation of the initial weights; default 1e-2, the courses'. The biases begin as zeros. With two hidden layers or more
   * such weights let so little through that SGD does not learn, and Adam slowly: give `init: 'he'` there.
   */
  readonly weightScale?: number;
  /** How the weights begin, in place of `weightScale`: `'he'` for ReLU, `'xavier'` for tanh and sigmoid. */
  readonly init?: InitializerLike;
  /** Default `'softmax'`; see {@link NetLoss}. */
  readonly loss?: NetLoss;
  /** λ; default 0. */
  readonly reg?: number;
  /**
   * How λ enters: `loss`, ½λΣW² in the loss, the default; `gradient`, λW in the gradients only (CS189, with λ = 1); `lossFull`, λΣW².
   */
  readonly regMode?: RegMode;
}

/**
 * A net with any number of hidden layers, as in cs231n and CS189: {affine, [batch or layer norm], activation, [dropout]} × hidden layers,
 * affine. Parameters W1, b1, gamma1, beta1, W2, …
 *
 * ```ts
 * const net = new FullyConnectedNet({ inputDim: 784, hiddenDims: [250, 100], numClasses: 10, init: 'he', seed: 0 });
 * ```
 */
export class FullyConnectedNet<T extends Task = 'classification'> extends Model<T> {
  readonly #config: LayerConfig;

  /** @throws ArgumentError for an option that is unknown, missing or out of range */
  constructor(options: FullyConnectedNetOptions<T>) {
    const who = 'FullyConnectedNet';
    const checked = checkOptions(who, options, {
      ...modelOptions,
      ...penaltyOptions,
      inputDim: positiveInteger,
      hiddenDims: arrayOf(positiveInteger),
      numClasses: optional(positiveInteger),
      task: optional(oneOf(...taskNames)),
      activation: optional(oneOf(...activationNames), 'relu'),
      normalization: optional(oneOf('batchnorm', 'layernorm')),
      dropout: optional(either(dropProbability, record)),
      residual: optional(boolean, false),
      weightScale: optional(nonNegative),
      init: optional(initializer),
      loss: netLossRule,
      reg: optional(nonNegative, 0),
      regMode: optional(oneOf('loss', 'lossFull', 'gradient'), 'loss'),
    });
    const { inputDim, hiddenDims, activation, weightScale, init, reg, regMode, task } = checked;
    const { outputs, loss, config } = chooseByTask(who, task, checked.numClasses, checked.loss);
    if (weightScale !== undefined && init !== undefined) {
      throw new ArgumentError(`${who}: expected the option weightScale or init but received both`);
    }
    const penalties = penaltiesOf(checked);
    const drawn = { init: init ?? normal(weightScale ?? 1e-2), biasInit: zeros };
    const { normalization, residual } = checked;
    const drop = new layers.Dropout((checked.dropout ?? 0) as number | { readonly keep: number }).p;
    const chain: Layer[] = [];
    let size = inputDim;
    for (const hidden of hiddenDims) {
      const block = [
        new layers.Linear(size, hidden, drawn),
        ...(normalization === undefined ? [] : [new norms[normalization](hidden)]),
        new activations[activation](),
        ...(drop === 0 ? [] : [new layers.Dropout(drop)]),
      ];
      chain.push(...(residual && hidden === size ? [new layers.Residual(block)] : block));
      size = hidden;
    }
    chain.push(new layers.Linear(size, outputs, drawn));
    super({
      kind: who,
      layers: chain,
      inputShape: [inputDim],
      objective: { loss, regMode, ...penalties },
      reg,
      dtype: checked.dtype,
      rng: rngOf(who, checked),
      preparation: checked.preparation,
      task,
    });
    const inside = {
      ...(normalization === undefined ? {} : { normalization }),
      ...(drop === 0 ? {} : { dropout: drop }),
      ...(residual ? { residual } : {}),
    };
    const kept = {
      inputDim,
      hiddenDims,
      numClasses: outputs,
      activation,
      ...inside,
      loss: config,
      reg,
      regMode,
    };
    this.#config = { ...kept, ...penalties, ...(task === undefined ? {} : { task }) };
  }

  /** @param losses the classes of losses of your own, by their names */
  static fromConfig<T extends Task = 'classification'>(
    config: LayerConfig,
    losses: CustomLossClasses = {},
  ): FullyConnectedNet<T> {
    const loss = lossFromConfig('FullyConnectedNet.load', config.loss, losses);
    return new FullyConnectedNet({ ...config, loss } as unknown as FullyConnectedNetOptions<T>);
  }

  /**
   * Reads a net that `save` wrote.
   * @param options losses: the classes of losses of your own, by their names
   * @throws FormatError for a file that holds anything else
   */
  static async load<T extends Task = 'classification'>(
    path: string | URL,
    options: { readonly losses?: CustomLossClasses } = {},
  ): Promise<FullyConnectedNet<T>> {
    const { description, tensors } = await readModel('FullyConnectedNet.load', path);
    expectKind(String(path), description, 'FullyConnectedNet');
    return restoreModel(String(path), description, tensors, (config) =>
      FullyConnectedNet.fromConfig<T>(config, options.losses),
    );
  }

  override config(): LayerConfig {
    return this.#config;
  }

  /** Views of the gradients that the last step left, by the parameters' names. */
  override get grads(): NamedTensors {
    return this.memory.grads;
  }
}
