import { describe, shortened } from '../core/describe.js';
import type { TypedArray } from '../core/dtype.js';
import { ArgumentError, StateError } from '../core/errors.js';
import { allocateResult } from '../core/memory.js';
import {
  any,
  arrayOf,
  boolean,
  checkOptions,
  checkValue,
  nonNegative,
  oneOf,
  optional,
  positiveInteger,
  record,
  string,
} from '../core/options.js';
import { rngOf } from '../core/random/random-options.js';
import { firstNonFinite } from '../core/tensors/finite.js';
import { asTensor, Tensor, type TensorLike } from '../core/tensors/tensor.js';
import { asRows, inputDtype, inputRows, Scratch } from '../net/inputs.js';
import { lowerPasses, type RegMode } from '../net/lowering.js';
import { CustomLayer } from '../nn/custom-layer.js';
import { HostLayer } from '../nn/host-layer.js';
import { type Json, Layer, type LayerClass, type LayerConfig, type LayerMaker } from '../nn/layer.js';
import { layers as builtIn } from '../nn/layers/index.js';
import {
  type CustomLossClasses,
  type Loss,
  type LossOption,
  lossFromConfig,
  lossOf,
} from '../nn/losses/index.js';
import type { Mode } from '../nn/scope.js';
import type { Phase } from '../ops/program.js';
import { expectKind, readModel, restoreModel } from './files/saving.js';
import { Model } from './model.js';
import { type ModelOptions, modelOptions } from './model-options.js';
import { type PenaltyOptions, penaltiesOf, penaltyOptions } from './penalty-options.js';

export interface SequentialOptions extends ModelOptions, PenaltyOptions {
  /** Features of a row of X; default: what the first layer with a fixed number takes. */
  readonly inputSize?: number;
  /** Of rows that are pictures, (C, H, W), in place of `inputSize`. X may then be (N, C, H, W), or (N, C·H·W) in that order. */
  readonly inputShape?: readonly number[];
  /**
   * What `loss(X, y)`, a gradient check and a Solver go by; default `'crossEntropy'` after a Softmax layer (computed stably, as one op
   * with it), `'mse'` for a single output, else `'softmaxCrossEntropy'`. A name, `{ name, … }` with options, or a {@link CustomLoss}.
   */
  readonly loss?: LossOption;
  /** λ of that loss; default 0. */
  readonly reg?: number;
  /** How it enters; default `'loss'`, ½λΣW². */
  readonly regMode?: RegMode;
}

/** The classes of the layers that a file may name, by kind; those of the package are known. */
export type CustomLayerClasses = Readonly<
  Record<string, { fromConfig(config: LayerConfig): CustomLayer } | (new () => CustomLayer)>
>;

/**
 * Layers one after another, as in ECE285 and PyTorch; the user writes the loop.
 *
 * ```ts
 * const net = new Sequential([new Linear(4, 10), new ReLU(), new Linear(10, 3), new Softmax()], { seed: 0 });
 * const criterion = new CrossEntropyLoss();
 * const optimizer = new SGD(net, { lr: 0.1, weightDecay: 1e-5 });
 * const loss = criterion.forward(net.forward(X), y);
 * optimizer.zeroGrad();
 * net.backward(criterion.backward());
 * optimizer.step();
 * ```
 */
export class Sequential extends Model<'classification'> {
  readonly layers: readonly (Layer | CustomLayer)[];
  readonly #config: LayerConfig;
  readonly #inputs: Scratch;
  /** Whether the passes compute the gradient of the input: from the first time on that somebody asks for it. */
  #inputGradient = false;
  /** Whether the next backward pass adds to the gradients that are there. */
  #accumulates = false;
  /** What the last forward pass has left for the backward pass. */
  #last: Pass | undefined;

  /**
   * @throws ArgumentError for what is no layer, a layer twice, or a misspelled option
   * @throws ShapeError where a layer does not take as many features as the one before it gives
   */
  constructor(layers: readonly (Layer | CustomLayer)[], options: SequentialOptions = {}) {
    const who = 'Sequential';
    const chain = checkedLayers(who, layers);
    const checked = checkOptions(who, options, {
      ...modelOptions,
      ...penaltyOptions,
      inputSize: optional(positiveInteger),
      inputShape: optional(arrayOf(positiveInteger)),
      loss: optional(any),
      reg: optional(nonNegative, 0),
      regMode: optional(oneOf('loss', 'lossFull', 'gradient'), 'loss'),
    });
    const { dtype, reg, regMode } = checked;
    const penalties = penaltiesOf(checked);
    const endsInSoftmax = chain.at(-1)?.kind === 'Softmax';
    const given = checked.loss === undefined ? undefined : lossOf(`${who}: option loss`, checked.loss);
    if (given?.name === 'crossEntropy' && !endsInSoftmax) {
      throw new ArgumentError(
        `${who}: expected a Softmax layer at the end for the loss crossEntropy but received ${chain.at(-1)?.kind}`,
      );
    }
    const inputShape = inputShapeOf(who, checked, chain);
    const byClass = endsInSoftmax ? 'crossEntropy' : 'softmaxCrossEntropy';
    const lossFor = (outputs: number): Loss =>
      given ?? lossOf(`${who}: option loss`, outputs === 1 && !endsInSoftmax ? 'mse' : byClass);
    super({
      kind: who,
      layers: chain,
      inputShape,
      objective: (outputs) => ({ loss: lossFor(outputs), regMode, ...penalties }),
      reg,
      dtype,
      rng: rngOf(who, checked),
      preparation: checked.preparation,
    });
    this.layers = Object.freeze([...layers]);
    this.#config = {
      layers: chain.map((layer) => ({ kind: layer.kind, config: layer.config() })),
      ...(inputShape.length === 1 ? { inputSize: inputShape[0]! } : { inputShape }),
      loss: this.objective.loss.config,
      reg,
      regMode,
      ...penalties,
    };
    this.#inputs = new Scratch();
  }

  /**
   * @param classes the classes of layers of your own, by their names
   * @param losses the classes of losses of your own, by their names
   */
  static fromConfig(
    config: LayerConfig,
    classes: CustomLayerClasses = {},
    losses: CustomLossClasses = {},
  ): Sequential {
    const { layers, loss, ...rest } = config;
    const options = { ...rest, loss: lossFromConfig('Sequential.load', loss, losses) };
    const made = madeLayers(layers, classes);
    return new Sequential(made, options as SequentialOptions);
  }

  /**
   * Reads a net that `save` wrote.
   * @param options layers, losses: the classes of layers and losses of your own, by their names
   * @throws FormatError for a file that holds anything else
   */
  static async load(
    path: string | URL,
    options: { readonly layers?: CustomLayerClasses; readonly losses?: CustomLossClasses } = {},
  ): Promise<Sequential> {
    const { description, tensors } = await readModel('Sequential.load', path);
    expectKind(String(path), description, 'Sequential');
    return restoreModel(String(path), description, tensors, (config) =>
      Sequential.fromConfig(config, options.layers, options.losses),
    );
  }

  override config(): { readonly [key: string]: Json } {
    return this.#config;
  }

  /** The parameters as views, layer by layer: W, b, W, b, … */
  get parameters(): readonly Tensor[] {
    return Object.values(this.memory.params);
  }

  /** Views of the gradients, in the order of `parameters`. */
  override get grads(): readonly Tensor[] {
    return Object.values(this.memory.grads);
  }

  /**
   * The forward pass; `backward` goes on from it.
   * @param X (N, inputSize); must stay as it is until `backward`, as must what is returned
   * @param options training: draw masks, another for each call, and take the batch's statistics, which the running ones follow; default
   * false: as `predict` computes
   * @returns (N, numClasses), the output of the last layer
   * @throws ArgumentError for an X with a NaN or an infinity that shows there
   */
  forward(X: TensorLike, options: { readonly training?: boolean } = {}): Tensor {
    const what = 'Sequential.forward: X';
    const { training } = checkOptions('Sequential.forward', options, { training: optional(boolean, false) });
    const rows = asRows(X, this.network, what);
    const { count } = rows;
    if (training) this.assertRows('Sequential.forward', count);
    const last: Pass = {
      x: inputRows(rows, 0, count, this.network, this.#inputs),
      scores: allocateResult(this.dtype, count * this.numClasses),
      count,
      mode: training ? 'train' : 'infer',
      step: this.chance.step,
    };
    this.#last = undefined;
    this.#run(last, ['forward']);
    if (firstNonFinite(last.scores) >= 0) this.evaluation.explain(rows, what);
    else if (training) {
      if (this.network.states.length > 0) this.#run(last, ['commit']);
      this.chance.step += 1;
    }
    this.#last = last;
    return new Tensor(last.scores, [count, this.numClasses]);
  }

  /**
   * The backward pass of the last forward pass. Adds to the gradients, as PyTorch does: `zeroGrad` before it, or after the step.
   * @param dout (N, numClasses), the gradient by what `forward` returned
   * @throws StateError before any forward pass, or while a training runs
   */
  backward(dout: TensorLike, options?: { readonly inputGradient?: false }): undefined;
  /** @returns with `inputGradient`, the gradient by X, (N, inputSize) */
  backward(dout: TensorLike, options: { readonly inputGradient: true }): Tensor;
  backward(dout: TensorLike, options: { readonly inputGradient?: boolean } = {}): Tensor | undefined {
    const who = 'Sequential.backward';
    const { inputGradient } = checkOptions(who, options, { inputGradient: optional(boolean, false) });
    const last = this.#last;
    if (last === undefined)
      throw new StateError(`${who}: expected a forward pass before it but there was none`);
    const { count } = last;
    const { dtype, numClasses, inputSize } = this;
    const dscores = asTensor(dout, `${who}: dout`, {
      shape: [count, numClasses],
      dtype,
      convert: true,
    }).elements();
    this.assertIdle(who);
    if (inputGradient && !this.#inputGradient) {
      this.#inputGradient = true;
      this.#run(last, ['forward']);
    }
    const dx = this.#inputGradient ? allocateResult(dtype, count * inputSize) : undefined;
    this.#run(last, ['backward'], { dscores, dx }, { beta: this.#accumulates ? 1 : 0 });
    this.#accumulates = true;
    return inputGradient && dx !== undefined ? new Tensor(dx, [count, inputSize]) : undefined;
  }

  override zeroGrad(): void {
    super.zeroGrad();
    this.#accumulates = false;
  }

  #run(
    { x, scores, count, mode, step }: Pass,
    phases: readonly Phase[],
    { dscores, dx }: { readonly dscores?: TypedArray; readonly dx?: TypedArray | undefined } = {},
    scalars: Readonly<Record<string, number>> = {},
  ): void {
    const inputGradient = this.#inputGradient;
    // All buffers are bound, whether the phases touch them or not.
    const gradient = inputGradient ? { dx: dx ?? allocateResult(this.dtype, count * this.inputSize) } : {};
    const dtype = inputDtype(this.network, x);
    const program = this.program(`passes ${mode} ${inputGradient ? 'to the input ' : ''}${dtype}`, () =>
      lowerPasses(this.network, mode, inputGradient, dtype),
    );
    const memory = { x, scores, dscores: dscores ?? scores, ...gradient };
    program.run(count, memory, { ...this.chance.at(step), ...scalars }, phases);
  }
}

/** A forward pass, which a backward pass goes on from. */
interface Pass {
  readonly x: TypedArray;
  readonly scores: TypedArray;
  readonly count: number;
  readonly mode: Mode;
  /** Whose masks it has drawn. */
  readonly step: number;
}

/** What the first layer takes: by the options, else by the first layer that says so. */
function inputShapeOf(
  who: string,
  {
    inputSize,
    inputShape,
  }: { readonly inputSize?: number | undefined; readonly inputShape?: readonly number[] | undefined },
  layers: readonly Layer[],
): readonly number[] {
  if (inputSize !== undefined && inputShape !== undefined) {
    throw new ArgumentError(`${who}: expected option inputSize or inputShape but received both`);
  }
  const shape = inputShape ?? (inputSize === undefined ? undefined : [inputSize]);
  const known = shape ?? layers.find((layer) => layer.inputShape !== undefined)?.inputShape;
  if (known !== undefined) return known;
  throw new ArgumentError(
    `${who}: expected the option inputSize (or inputShape, for pictures), since no layer says how many features it takes`,
  );
}

/** The layers as the network takes them. */
function checkedLayers(who: string, layers: unknown): readonly Layer[] {
  if (!Array.isArray(layers)) {
    throw new ArgumentError(`${who}: expected the layers to be an array but received ${describe(layers)}`);
  }
  return layers.map((layer: unknown, index) => {
    if (!(layer instanceof Layer || layer instanceof CustomLayer)) {
      throw new ArgumentError(
        `${who}: expected layer ${index} to be a layer (${Object.keys(builtIn).join(', ')} or a CustomLayer) but received ` +
          describe(layer),
      );
    }
    const first = layers.indexOf(layer);
    if (first < index) {
      throw new ArgumentError(`${who}: expected each layer once but layer ${index} is layer ${first} again`);
    }
    return layer instanceof CustomLayer ? new HostLayer(layer) : layer;
  });
}

/** @throws ArgumentError for what is no list of layers that `config()` gave */
function madeLayers(layers: unknown, classes: CustomLayerClasses): readonly (Layer | CustomLayer)[] {
  checkValue('Sequential: layers', layers, arrayOf(record));
  return (layers as readonly LayerConfig[]).map(({ kind, config }, index) => {
    checkValue(`Sequential: layers[${index}].kind`, kind, string);
    checkValue(`Sequential: layers[${index}].config`, config, record);
    return layerOf(kind as string, config as LayerConfig, classes);
  });
}

function layerOf(kind: string, config: LayerConfig, classes: CustomLayerClasses): Layer | CustomLayer {
  const custom = Object.hasOwn(classes, kind) ? classes[kind] : undefined;
  if (custom !== undefined) return 'fromConfig' in custom ? custom.fromConfig(config) : new custom();
  if (Object.hasOwn(builtIn, kind)) {
    const { fromConfig }: LayerClass = builtIn[kind as keyof typeof builtIn];
    const make: LayerMaker = (inside) =>
      madeLayers(inside, classes).map((layer) =>
        layer instanceof CustomLayer ? new HostLayer(layer) : layer,
      );
    return fromConfig(config, make);
  }
  throw new ArgumentError(
    `Sequential.load: expected the class of layer ${shortened(kind)} in the option layers but received ` +
      (Object.keys(classes).join(', ') || 'none'),
  );
}
