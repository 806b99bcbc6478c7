import type { TypedArray } from '../core/dtype.js';
import { ArgumentError } from '../core/errors.js';
import { allocate, allocateResult } from '../core/memory.js';
import type { RandomState } from '../core/random/random-state.js';
import { elementCount, rowMajorStrides } from '../core/tensors/shape.js';
import { copyElements } from '../core/tensors/strided.js';
import { asTensor, Tensor } from '../core/tensors/tensor.js';
import { drawWhole, fansOf, fillOf } from '../nn/initializers.js';
import type { Layout } from '../nn/scope.js';
import type { Network } from './network.js';

/** The parameters of a net's first nine layers, so that `params.W1` is a Tensor also under `noUncheckedIndexedAccess`. */
type LayerParameter = `${'W' | 'b'}${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`;

/** Tensors by the names of a model's parameters. As of any record, entries that the net does not have are undefined. */
export type NamedTensors = Readonly<Record<string, Tensor>> & { readonly [Name in LayerParameter]: Tensor };

/** While a model is made of a file: the most elements that its parameters may have. */
let restoring: { readonly most: number } | undefined;

/**
 * Makes a model whose parameters will be restored: they are not drawn, and when they would have more elements than that, no memory is
 * taken for them.
 * @param make synchronous
 * @throws ArgumentError for more elements
 */
export function makeForRestoring<Made>(most: number, make: () => Made): Made {
  const before = restoring;
  restoring = { most };
  try {
    return make();
  } finally {
    restoring = before;
  }
}

/** The memory of a net's parameters, and behind it, laid out alike, that of their gradients; and that of its states. */
export class ParameterMemory {
  readonly buffer: TypedArray;
  /** Views of the memory; assigning to an entry copies values into it. */
  readonly params: NamedTensors;
  readonly grads: NamedTensors;
  readonly stateBuffer: TypedArray;
  /** What training changes and no optimizer touches, as `params`. */
  readonly state: NamedTensors;
  /** By the names of the programs' buffers: this memory, and the constants of the net's preparation. */
  readonly buffers: Readonly<Record<string, TypedArray>>;
  readonly #network: Network;

  constructor(who: string, network: Network) {
    this.#network = network;
    const elements = network.parameters.reduce((sum, { size }) => sum + size, 0);
    if (restoring !== undefined && elements > restoring.most) {
      throw new ArgumentError(
        `${who}: expected at most ${restoring.most} elements of parameters but the layers have ${elements}`,
      );
    }
    this.buffer = allocate(network.dtype, 2 * network.parameterLength);
    this.stateBuffer = allocate(network.dtype, network.stateLength);
    this.buffers = {
      parameters: this.buffer,
      ...(network.states.length === 0 ? {} : { state: this.stateBuffer }),
      ...network.preparation?.buffers,
    };
    for (const { spec, offset } of network.states)
      this.stateBuffer.fill(spec.initial, offset, offset + spec.size);
    this.state = assignable(`${who}: state`, stateViews(network, this.stateBuffer));
    this.params = assignable(`${who}: params`, views(network, this.buffer, 0));
    this.grads = assignable(`${who}: grads`, views(network, this.buffer, network.parameterLength));
  }

  /** Draws the initial values, parameter by parameter; not for a model that will be restored, which it says. */
  initialize(rng: RandomState): boolean {
    if (restoring !== undefined) return false;
    for (const { name, spec } of this.#network.parameters) {
      const shape = spec.drawTransposed ? spec.shape.toReversed() : spec.shape;
      const fan = spec.fan ?? fansOf(spec.shape);
      const target = spec.drawTransposed ? this.params[name]!.T : this.params[name]!;
      const fill = fillOf(spec.init);
      if (fill === undefined) assign(target, new Tensor(drawWhole(spec.init, rng, shape, fan), shape));
      else drawInParts(target, (values) => fill(rng, values, fan));
    }
    return true;
  }

  /** Copies of parameters and states, strided like them. */
  copyParams(): NamedTensors {
    const states = stateViews(this.#network, this.stateBuffer.slice());
    return { ...this.#copy(0), ...states } as NamedTensors;
  }

  copyGrads(): NamedTensors {
    return this.#copy(this.#network.parameterLength);
  }

  zeroGrads(): void {
    this.buffer.fill(0, this.#network.parameterLength);
  }

  /**
   * Writes all parameters, and the states if any of them is given; changes none where one is missing or does not fit.
   * @throws ArgumentError, ShapeError
   */
  restore(who: string, values: Readonly<Record<string, unknown>>): void {
    const hasStates = Object.keys(this.state).some((name) => values[name] !== undefined);
    const targets: Readonly<Record<string, Tensor>> = hasStates
      ? { ...this.params, ...this.state }
      : { ...this.params };
    const names = Object.keys(targets);
    const unknown = Object.keys(values).find((name) => !Object.hasOwn(targets, name));
    if (unknown !== undefined) {
      throw new ArgumentError(`${who}: expected the parameters ${listed(names)} but received ${unknown}`);
    }
    const checked = names.map((name) => {
      if (values[name] === undefined) {
        throw new ArgumentError(`${who}: expected the parameters ${listed(names)} but ${name} is missing`);
      }
      return checkedValue(`${who}: ${name}`, values[name], targets[name]!.shape, this.#network);
    });
    for (const [index, name] of names.entries()) assign(targets[name]!, checked[index]!);
  }

  #copy(start: number): NamedTensors {
    const { parameterLength } = this.#network;
    const copy = allocateResult(this.#network.dtype, parameterLength);
    copy.set(this.buffer.subarray(start, start + parameterLength));
    return views(this.#network, copy, 0) as NamedTensors;
  }
}

/** The names, but of a very deep net not all. */
function listed(names: readonly string[]): string {
  return names.length > 20 ? `${names.slice(0, 20).join(', ')}, …` : names.join(', ');
}

function views(network: Network, data: TypedArray, start: number): Record<string, Tensor> {
  return Object.fromEntries(
    network.parameters.map(({ name, spec, offset }) => {
      const { shape, layout } = spec;
      const strides = stridesOf(shape, layout);
      return [name, new Tensor(data, shape, strides, start + offset)];
    }),
  );
}

function stridesOf(shape: readonly number[], layout: Layout): readonly number[] {
  if (layout === 'transposed') return [1, shape[0]!];
  if (layout !== 'channelsLast') return rowMajorStrides(shape);
  const [, inputs = 0, height = 0, width = 0] = shape;
  return [height * width * inputs, 1, width * inputs, inputs];
}

function stateViews({ states }: Network, data: TypedArray): Record<string, Tensor> {
  return Object.fromEntries(
    states.map(({ name, spec, offset }) => [name, new Tensor(data, [spec.size], [1], offset)]),
  );
}

/** A record that answers `params.W1 = values` by copying the values into the memory of W1. */
function assignable(who: string, tensors: Readonly<Record<string, Tensor>>): NamedTensors {
  const record: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    Object.defineProperty(record, name, {
      enumerable: true,
      get: () => tensor,
      set: (value: unknown) => assign(tensor, checkedValue(`${who}.${name}`, value, tensor.shape, tensor)),
    });
  }
  return Object.freeze(record) as NamedTensors;
}

function checkedValue(
  what: string,
  value: unknown,
  shape: readonly number[],
  { dtype }: { readonly dtype: Tensor['dtype'] },
): Tensor {
  const checked = asTensor(value, what, { shape, dtype, convert: true });
  checked.assertAlive(what);
  return checked;
}

/** Copies the elements of `source` into those of `target`, which has its shape. */
function assign(target: Tensor, source: Tensor): void {
  if (target.isContiguous && source.isContiguous) target.data.set(source.elements(), target.offset);
  // A view of the same memory, perhaps the transpose, must be read before it is written.
  else copyElements(source.data.buffer === target.data.buffer ? source.clone() : source, target);
}

/** About how many values are drawn at a time: half a megabyte, which a cache holds. */
const valuesAtOnce = 2 ** 16;

/** Of a parameter that lies column by column, so many rows, or a multiple, are drawn at a time: they fill cache lines of the columns. */
const rowsAtOnce = 64;

/** Draws a parameter part by part, in memory that is used again. */
function drawInParts(target: Tensor, fill: (values: Float64Array) => void): void {
  // Where the elements lie in the order in which they are drawn, any number of them is a part.
  const rows = target.isContiguous ? target.reshape(target.size) : target;
  const [count = 0, ...rest] = rows.shape;
  const width = elementCount(rest);
  const most = Math.max(1, Math.floor(valuesAtOnce / (rowsAtOnce * width))) * rowsAtOnce;
  const memory = new Float64Array(Math.min(count, most) * width);
  for (let row = 0; row < count; row += most) {
    const part = rows.slice(row, row + most);
    const values = memory.subarray(0, part.size);
    fill(values);
    assign(part, new Tensor(values, part.shape));
  }
}
