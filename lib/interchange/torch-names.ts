import { FormatError, ShapeError } from '../core/errors.js';
import { type LayerWeights, type LinearLayer, listed, sizesOf } from './layer-weights.js';
import type { Tensors } from './weight-files.js';

/**
 * The weights of a state dict in the order of a model's layers. Names that differ in their numbers alone are ordered by these. Otherwise the
 * shapes decide, and where two layers have the same shape, their numbers: never the order of the file, which is that of the alphabet.
 * @throws FormatError for tensors that are no weights or biases of Linear layers
 * @throws ShapeError where names and shapes leave the order open
 */
export function pairLayers(
  who: string,
  tensors: Tensors,
  layers: readonly LinearLayer[],
): readonly LayerWeights[] {
  const weights = weightsOf(who, tensors);
  const numbered = byNumber(weights);
  // A wrong number of layers is told by whoever puts the weights into the model.
  if (numbered !== undefined || weights.length !== layers.length) return numbered ?? weights;
  const places = new Map<string, LayerWeights[]>();
  for (const each of weights) {
    const sizes = String(sizesOf(each));
    places.set(sizes, [...(places.get(sizes) ?? []), each]);
  }
  for (const [sizes, alike] of places) {
    const inOrder = byNumber(alike);
    if (inOrder === undefined) {
      throw new ShapeError(
        `${who}: expected names or shapes that tell the order of the layers but ${listed(alike)} could be swapped; ` +
          'say which is which with the option names',
      );
    }
    places.set(sizes, inOrder);
  }
  return layers.map(({ name, inputSize, outputSize }) => {
    const next = places.get(String([inputSize, outputSize]))?.shift();
    if (next !== undefined) return next;
    throw new ShapeError(
      `${who}: expected a weight with ${inputSize} inputs and ${outputSize} outputs for ${name} but received ${listed(weights)}`,
    );
  });
}

/** The name of the bias beside a weight: `fc1.bias` for `fc1.weight`; undefined for a weight of another name. */
export function biasBeside(weightName: string): string | undefined {
  return isNamed(weightName, 'weight') ? `${weightName.slice(0, -'weight'.length)}bias` : undefined;
}

/** `fc1.weight` or `weight`, but not `running_weight`. */
function isNamed(name: string, last: string): boolean {
  return name === last || name.endsWith(`.${last}`);
}

function weightsOf(who: string, tensors: Tensors): LayerWeights[] {
  const names = Object.keys(tensors);
  const weights = names.filter((name) => isNamed(name, 'weight'));
  const taken = new Set(weights.flatMap((name) => [name, biasBeside(name)]));
  const other = names.find((name) => !taken.has(name));
  if (other !== undefined) {
    throw new FormatError(
      `${who}: expected weights and biases of Linear layers alone but received ${other}; say which are meant with the option names`,
    );
  }
  return weights.map((name) => {
    const biasName = biasBeside(name)!;
    const bias = tensors[biasName];
    return {
      weight: { name, tensor: tensors[name]! },
      layout: 'outIn',
      bias: bias === undefined ? undefined : { name: biasName, tensor: bias },
    };
  });
}

/** In the order of the numbers in their names, if the names differ in these alone. */
function byNumber(weights: readonly LayerWeights[]): LayerWeights[] | undefined {
  const numbers = /\d+/g;
  const templates = new Set(weights.map(({ weight }) => weight.name.replace(numbers, '#')));
  if (templates.size > 1) return undefined;
  const keyed = weights.map((each) => ({ each, key: (each.weight.name.match(numbers) ?? []).map(Number) }));
  keyed.sort((a, b) => {
    const at = a.key.findIndex((number, i) => number !== b.key[i]);
    return at < 0 ? 0 : a.key[at]! - b.key[at]!;
  });
  return keyed.map(({ each }) => each);
}
