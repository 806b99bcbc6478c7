import { type FloatDtype, sizeOf } from '../core/dtype.js';
import { ArgumentError, ShapeError } from '../core/errors.js';
import { alignment } from '../core/memory.js';
import { elementCount } from '../core/tensors/shape.js';
import type { Preparation } from '../data/preparation/preparation.js';
import type { Layer } from '../nn/layer.js';
import { asPictures } from '../nn/picture-layout.js';
import type { Layout, ParameterSpec, RowShape, StateSpec, Value } from '../nn/scope.js';
import { type Home, storedShape, Tape } from '../nn/tape.js';
import { type BuilderSlot, ProgramBuilder } from '../ops/builder.js';
import { InputPreparation } from './input-preparation.js';

/** One parameter of a net: where it lies in the range of all parameters. */
export interface NetworkParameter {
  /** The spec's name and the number, from 1, of the parameter among those of that name: `W1`, `b1`, `W2`, … */
  readonly name: string;
  readonly spec: ParameterSpec;
  /** In elements, a multiple of 64 bytes. */
  readonly offset: number;
  readonly size: number;
}

/** What training changes and no optimizer touches: where it lies in the memory of all states. */
export interface NetworkState {
  /** `runningMean1`, … */
  readonly name: string;
  readonly spec: StateSpec;
  readonly offset: number;
}

export interface NetworkLayer {
  /** Its kind and its number, from 1, among those of its kind: `linear1`. */
  readonly name: string;
  readonly layer: Layer;
  /** How many layers it lies inside of. */
  readonly depth: number;
  readonly inputShape: RowShape;
  readonly outputShape: RowShape;
  /** Elements of those. */
  readonly inputSize: number;
  readonly outputSize: number;
  /** Its own, without those of layers inside it. */
  readonly parameters: readonly NetworkParameter[];
  readonly states: readonly NetworkState[];
}

/** Layers whose shapes are known: what is lowered to programs. */
export interface Network {
  readonly dtype: FloatDtype;
  /** The chain, each of which may have others inside. */
  readonly chain: readonly Layer[];
  /** Elements of a row of data: as many as the preparation takes, else the first layer. */
  readonly inputSize: number;
  /** What the first layer takes. */
  readonly inputShape: RowShape;
  readonly outputSize: number;
  /** What stands before the first layer. */
  readonly preparation: InputPreparation | undefined;
  /** All of them, each before those inside it. */
  readonly layers: readonly NetworkLayer[];
  /** Of all layers, in order. */
  readonly parameters: readonly NetworkParameter[];
  /** Elements of the range of all parameters, with the padding between them. */
  readonly parameterLength: number;
  readonly states: readonly NetworkState[];
  readonly stateLength: number;
  /** Whether a training step draws random numbers. */
  readonly hasChance: boolean;
  /** Rows that a batch must have at least to be trained on, and the layer that says so. */
  readonly leastRows: { readonly count: number; readonly layer: string };
}

/**
 * Puts layers together.
 * @param who names the model in errors
 * @param inputShape of the rows that the first layer takes
 * @throws ArgumentError for no layers, or a layer twice
 * @throws ShapeError where a layer does not take what the one before it, or the preparation, gives
 */
export function makeNetwork(
  who: string,
  layers: readonly Layer[],
  inputShape: RowShape,
  dtype: FloatDtype,
  preparation?: Preparation,
): Network {
  const inputSize = elementCount(inputShape);
  if (preparation !== undefined && preparation.outputSize !== inputSize) {
    throw new ShapeError(
      `${who}: expected option preparation to give ${inputSize} columns, as the first layer takes, ` +
        `but it gives ${preparation.outputSize}`,
    );
  }
  if (layers.length === 0) throw new ArgumentError(`${who}: expected at least one layer but received none`);
  const survey = new Survey(who, dtype);
  const tape = new Tape(survey.builder, survey, 'train', who);
  const x = tape.input(survey.builder.external('x', 'batch', inputSize), [inputSize], { wanted: true });
  let y = inputShape.length === 1 ? x : asPictures(tape, x, inputShape);
  for (const layer of layers) y = tape.apply(layer, y);
  return {
    dtype,
    chain: layers,
    inputSize: preparation?.inputSize ?? inputSize,
    inputShape,
    outputSize: elementCount(y.shape),
    preparation: preparation === undefined ? undefined : new InputPreparation(preparation, dtype),
    layers: survey.layers,
    parameters: survey.parameters,
    parameterLength: survey.parameterLength,
    states: survey.states,
    stateLength: survey.stateLength,
    hasChance: tape.stream() > 0,
    leastRows: survey.leastRows,
  };
}

/** A layer in the middle of its forward pass. */
type Begun = { -readonly [Key in keyof NetworkLayer]: NetworkLayer[Key] } & {
  parameters: NetworkParameter[];
  states: NetworkState[];
};

/** The home of a forward pass that nobody runs: it notes which parameters and states the layers ask for, and the shapes between them. */
class Survey implements Home {
  readonly builder: ProgramBuilder;
  readonly layers: Begun[] = [];
  readonly parameters: NetworkParameter[] = [];
  parameterLength = 0;
  readonly states: NetworkState[] = [];
  stateLength = 0;
  leastRows = { count: 1, layer: '' };
  readonly #open: Begun[] = [];
  readonly #names = new Map<Layer, string>();
  /** How many parameters and states there are of each name. */
  readonly #counts = new Map<string, number>();
  /** All of them, since nobody reads it. */
  readonly #memory: number;
  readonly #align: number;

  readonly #who: string;

  constructor(who: string, dtype: FloatDtype) {
    this.#who = who;
    this.builder = new ProgramBuilder(dtype);
    this.#align = alignment / sizeOf(dtype);
    this.#memory = this.builder.buffer('parameters and states');
  }

  parameter(spec: ParameterSpec): { readonly slot: BuilderSlot; readonly layout: Layout } {
    const name = this.#numbered(spec.name);
    const parameter = { name, spec, offset: this.parameterLength, size: elementCount(spec.shape) };
    this.parameterLength = this.#aligned(parameter.offset + parameter.size);
    this.parameters.push(parameter);
    this.#open.at(-1)!.parameters.push(parameter);
    const { layout } = spec;
    return { slot: this.builder.at(this.#memory, 0, name, ...storedShape(spec.shape, layout)), layout };
  }

  gradient(slot: BuilderSlot): BuilderSlot {
    return slot;
  }

  state(spec: StateSpec): BuilderSlot {
    const name = this.#numbered(spec.name);
    const state = { name, spec, offset: this.stateLength };
    this.states.push(state);
    this.#open.at(-1)!.states.push(state);
    this.stateLength = this.#aligned(this.stateLength + spec.size);
    return this.builder.at(this.#memory, 0, name, 1, spec.size);
  }

  enter(name: string, layer: Layer, { shape }: Value): void {
    const before = this.#names.get(layer);
    if (before !== undefined) {
      throw new ArgumentError(`${this.#who}: expected each layer once but ${before} stands in it again`);
    }
    this.#names.set(layer, name);
    const inputSize = elementCount(shape);
    const begun: Begun = {
      name,
      layer,
      depth: this.#open.length,
      inputShape: shape,
      outputShape: shape,
      inputSize,
      outputSize: inputSize,
      parameters: [],
      states: [],
    };
    this.layers.push(begun);
    this.#open.push(begun);
  }

  needsRows(count: number): void {
    if (count > this.leastRows.count) this.leastRows = { count, layer: this.#open.at(-1)!.name };
  }

  leave({ shape }: Value): void {
    Object.assign(this.#open.pop()!, { outputShape: shape, outputSize: elementCount(shape) });
  }

  #numbered(name: string): string {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return `${name}${count}`;
  }

  #aligned(elements: number): number {
    return Math.ceil(elements / this.#align) * this.#align;
  }
}
