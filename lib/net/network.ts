import { type FloatDtype, sizeOf } from '../core/dtype.js';
import { ArgumentError, ShapeError } from '../core/errors.js';
import { alignment } from '../core/memory.js';
import { positiveInteger } from '../core/options.js';
import { elementCount } from '../core/tensors/shape.js';
import type { Preparation } from '../data/preparation/preparation.js';
import type { Layer, ParameterSpec } from '../nn/layer.js';
import { InputPreparation } from './input-preparation.js';

/** One parameter of a net: where it lies in the range of all parameters. */
export interface NetworkParameter {
  /** The spec's name and the number, from 1, of the layer among those with parameters: `W1`, `b1`, `W2`, … */
  readonly name: string;
  readonly spec: ParameterSpec;
  /** In elements, a multiple of 64 bytes. */
  readonly offset: number;
  readonly size: number;
}

export interface NetworkLayer {
  /** Its kind and its number, from 1, among those of its kind: `linear1`. */
  readonly name: string;
  readonly layer: Layer;
  readonly inputSize: number;
  readonly outputSize: number;
  readonly parameters: readonly NetworkParameter[];
}

/** A chain of layers whose sizes are known: what is lowered to programs. */
export interface Network {
  readonly dtype: FloatDtype;
  /** Features that a row of data has: those that the preparation takes, else the first layer. */
  readonly inputSize: number;
  readonly outputSize: number;
  /** What stands before the first layer. */
  readonly preparation: InputPreparation | undefined;
  readonly layers: readonly NetworkLayer[];
  /** Of all layers, in order. */
  readonly parameters: readonly NetworkParameter[];
  /** Elements of the range of all parameters, with the padding between them. */
  readonly parameterLength: number;
}

/**
 * Puts layers together.
 * @param who names the model in errors
 * @param inputSize features that the first layer takes
 * @throws ArgumentError for no layers, or a layer twice
 * @throws ShapeError where a layer does not take what the one before it, or the preparation, gives
 */
export function makeNetwork(
  who: string,
  layers: readonly Layer[],
  inputSize: number,
  dtype: FloatDtype,
  preparation?: Preparation,
): Network {
  if (preparation !== undefined && preparation.outputSize !== inputSize) {
    throw new ShapeError(
      `${who}: expected option preparation to give ${inputSize} columns, as the first layer takes, ` +
        `but it gives ${preparation.outputSize}`,
    );
  }
  if (layers.length === 0) throw new ArgumentError(`${who}: expected at least one layer but received none`);
  const align = alignment / sizeOf(dtype);
  const kinds = new Map<string, number>();
  const made: NetworkLayer[] = [];
  let size = inputSize;
  let offset = 0;
  let withParameters = 0;
  for (const [index, layer] of layers.entries()) {
    const number = (kinds.get(layer.kind) ?? 0) + 1;
    kinds.set(layer.kind, number);
    if (layer.inputSize !== undefined && layer.inputSize !== size) {
      throw new ShapeError(
        `${who}: expected layer ${index} (${layer.kind}) to take ${size} features, as ` +
          `${index === 0 ? 'the input has' : 'the layer before it gives'}, but it takes ${layer.inputSize}`,
      );
    }
    const specs = layer.parameters(size);
    if (specs.length > 0) withParameters += 1;
    const parameters = specs.map((spec): NetworkParameter => {
      const parameter = {
        name: `${spec.name}${withParameters}`,
        spec,
        offset,
        size: elementCount(spec.shape),
      };
      offset = Math.ceil((offset + parameter.size) / align) * align;
      return parameter;
    });
    const outputSize = layer.outputSize(size);
    if (!positiveInteger.accepts(outputSize)) {
      throw new ShapeError(
        `${who}: expected layer ${index} (${layer.kind}) to give a positive integer of features for ${size} ` +
          `but it gives ${outputSize}`,
      );
    }
    made.push({
      name: `${layer.kind.toLowerCase()}${number}`,
      layer,
      inputSize: size,
      outputSize,
      parameters,
    });
    size = outputSize;
  }
  const parameters = made.flatMap((layer) => layer.parameters);
  const names = new Set<string>();
  for (const { name } of parameters) {
    if (names.has(name)) {
      throw new ArgumentError(`${who}: expected parameters of different names but two are ${name}`);
    }
    names.add(name);
  }
  return {
    dtype,
    inputSize: preparation?.inputSize ?? inputSize,
    outputSize: size,
    preparation: preparation === undefined ? undefined : new InputPreparation(preparation, dtype),
    layers: made,
    parameters,
    parameterLength: offset,
  };
}
