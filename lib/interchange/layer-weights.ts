import { describe, expectation } from '../core/describe.js';
import { ArgumentError, FormatError, ShapeError } from '../core/errors.js';
import { checkValue, instanceOf } from '../core/options.js';
import { formatShape } from '../core/tensors/shape.js';
import { type Tensor, zeros } from '../core/tensors/tensor.js';
import { type AnyModel, Model } from '../models/model.js';
import type { NetworkLayer, NetworkParameter } from '../net/network.js';
import { Linear } from '../nn/layers/linear.js';

/** A tensor of a file, under its name there. */
export interface FileTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

/** The weights of one Linear layer, as another library kept them. */
export interface LayerWeights {
  /** A matrix. */
  readonly weight: FileTensor;
  /** How the matrix lies: as `params.W1`, (in, out), or as PyTorch keeps it, (out, in). */
  readonly layout: 'inOut' | 'outIn';
  /** A row; a layer without one computes as with zeros. */
  readonly bias?: FileTensor | undefined;
}

/** A Linear layer of a model, and its place among all layers, from 0. */
export interface LinearLayer extends NetworkLayer {
  readonly index: number;
  readonly W: NetworkParameter;
  readonly b: NetworkParameter;
}

/**
 * The Linear layers of a model, in order.
 * @throws ArgumentError for what is no model, or one with other layers that learn
 */
export function linearLayers(who: string, model: unknown): readonly LinearLayer[] {
  const { network } = checkValue(`${who}: the model`, model, instanceOf(Model));
  return network.layers.flatMap((each, index) => {
    const { layer, parameters } = each;
    if (parameters.length === 0) return [];
    if (!(layer instanceof Linear)) {
      throw new ArgumentError(
        `${who}: expected a model whose Linear layers alone learn but layer ${index} (${layer.kind}) has parameters too`,
      );
    }
    const [W, b] = parameters as [NetworkParameter, NetworkParameter];
    return [{ ...each, index, W, b }];
  });
}

/** Features that a layer takes and gives, by its weights. */
export function sizesOf({ weight, layout }: LayerWeights): readonly [inputs: number, outputs: number] {
  const [rows = 0, cols = 0] = weight.tensor.shape;
  return layout === 'inOut' ? [rows, cols] : [cols, rows];
}

/**
 * Puts the weights of another library into a model, layer by layer; changes nothing where something does not fit.
 * @param who opens the messages: the function and its file
 * @throws ShapeError for another number of layers, or other sizes, than the model has
 * @throws FormatError for tensors that are no weights
 * @throws StateError while steps of a training are running
 */
export function restoreLayers(who: string, model: AnyModel, weights: readonly LayerWeights[]): void {
  const layers = linearLayers(who, model);
  for (const each of weights) checkWeights(who, each);
  if (weights.length !== layers.length) {
    throw new ShapeError(
      `${who}: expected the weights of ${layers.length} Linear layers, as the model has, but received ${weights.length}: ` +
        listed(weights),
    );
  }
  const values: Record<string, Tensor> = {};
  for (const [i, { name, inputSize, outputSize, W, b }] of layers.entries()) {
    const { weight, layout, bias } = weights[i]!;
    const [inputs, outputs] = sizesOf(weights[i]!);
    if (inputs !== inputSize || outputs !== outputSize) {
      throw new ShapeError(
        expectation(
          `${who}: ${weight.name}`,
          `to have ${inputSize} inputs and ${outputSize} outputs, as ${name} has,`,
          `${inputs} inputs and ${outputs} outputs`,
        ),
      );
    }
    values[W.name] = layout === 'inOut' ? weight.tensor : weight.tensor.T;
    values[b.name] = bias?.tensor ?? zeros([outputSize]);
  }
  model.restoreParams(values);
}

/** `0.weight (784 → 50), 2.weight (50 → 10)` */
export function listed(weights: readonly LayerWeights[]): string {
  const most = 8;
  const shown = weights
    .slice(0, most)
    .map((each) => `${each.weight.name} (${sizesOf(each).join(' → ')})`)
    .join(', ');
  return weights.length > most ? `${shown}, …` : shown || 'none';
}

/** @throws FormatError for what is no matrix of floats, or a bias that does not belong to it */
function checkWeights(who: string, each: LayerWeights): void {
  const { weight, bias } = each;
  for (const { name, tensor } of bias === undefined ? [weight] : [weight, bias]) {
    if (tensor.dtype === 'float32' || tensor.dtype === 'float64') continue;
    throw new FormatError(
      expectation(`${who}: ${describe(name)}`, 'to be of dtype float32 or float64', tensor.dtype),
    );
  }
  if (weight.tensor.rank !== 2) {
    throw new FormatError(
      expectation(
        `${who}: ${weight.name}`,
        'to be the matrix of a Linear layer',
        `shape ${formatShape(weight.tensor.shape)}`,
      ),
    );
  }
  const [, outputs] = sizesOf(each);
  if (bias !== undefined && (bias.tensor.rank !== 1 || bias.tensor.size !== outputs)) {
    throw new FormatError(
      expectation(
        `${who}: ${bias.name}`,
        `to have shape (${outputs}), as ${weight.name} has ${outputs} outputs,`,
        `shape ${formatShape(bias.tensor.shape)}`,
      ),
    );
  }
}
