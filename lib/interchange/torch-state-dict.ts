import { describe } from '../core/describe.js';
import { ArgumentError } from '../core/errors.js';
import { checkOptions, optional, record, string } from '../core/options.js';
import type { Tensor } from '../core/tensors/tensor.js';
import { writeSafetensors } from '../io/arrays/safetensors.js';
import type { Readable } from '../io/files/source.js';
import type { AnyModel } from '../models/model.js';
import {
  type FileTensor,
  type LayerWeights,
  type LinearLayer,
  linearLayers,
  restoreLayers,
} from './layer-weights.js';
import { biasBeside, pairLayers } from './torch-names.js';
import { nameOf, readTensors, type Tensors } from './weight-files.js';

const viaSafetensors = 'in Python, safetensors.torch.save_file(net.state_dict(), path) writes its weights';
const remedies = { torch: viaSafetensors, pickle: viaSafetensors };

export interface TorchStateDictOptions {
  /**
   * The keys of the state dict by the names of the parameters, for modules with names of their own: `{ W1: 'fc1.weight', W2: 'fc2.weight' }`. A
   * bias that is not named is the one beside its weight, `fc1.bias`.
   */
  readonly names?: Readonly<Record<string, string>>;
}

/**
 * Writes the parameters to a safetensors file as the `state_dict` of the same net in PyTorch: float32 or float64, weights (out, in), with
 * the keys of `nn.Sequential` (`0.weight`, `0.bias`, `2.weight`, …) where the options do not name others. In Python,
 * `net.load_state_dict(safetensors.torch.load_file(path))` reads it. A preparation is no part of a state dict: give that net prepared rows,
 * `model.preparation.apply(X)`. The file appears at once and whole.
 * @throws ArgumentError for a model with a layer of your own that has parameters, a misspelled option, or a file that cannot be written
 * @throws StateError for a disk that is full or fails; an old file is as it was
 */
export async function saveTorchStateDict(
  model: AnyModel,
  path: string | URL,
  options: TorchStateDictOptions = {},
): Promise<void> {
  const who = 'saveTorchStateDict';
  const layers = linearLayers(who, model);
  const names = namesOf(who, layers, options);
  const tensors: Record<string, Tensor> = Object.create(null);
  for (const { index, W, b } of layers) {
    const weightName = names?.[W.name] ?? `${index}.weight`;
    const biasName = names?.[b.name] ?? biasBeside(weightName)!;
    tensors[weightName] = model.params[W.name]!.T;
    tensors[biasName] = model.params[b.name]!;
  }
  if (Object.keys(tensors).length < 2 * layers.length) {
    throw new ArgumentError(`${who}: expected option names to give each parameter another name`);
  }
  await writeSafetensors(who, path, tensors, { format: 'pt' });
}

/**
 * Puts the weights of a PyTorch net into a model of the same layers: a `state_dict` in a safetensors file
 * (`safetensors.torch.save_file(net.state_dict(), path)`) or in an .npz file (`np.savez(path, **{k: v.numpy() for k, v in
 * net.state_dict().items()})`). Half precision becomes the model's dtype. Activations are not in such a file: they must be the model's.
 *
 * Without the option `names` the file must hold weights and biases of Linear layers alone. Names that differ in their numbers (`0.weight`,
 * `2.weight`, …) tell the order; else the shapes do, and where they leave it open, that is an error. A layer without a bias gets zeros.
 * @param from a path, or the contents of a file
 * @throws FormatError for a file that is neither, or with tensors that are no weights of Linear layers
 * @throws ShapeError for other layers than the model has, or where their order is open; the model is as it was
 * @throws ArgumentError for a file that cannot be read, a name that it has not, or a model with a layer of your own that has parameters
 * @throws StateError while steps of a training are running
 */
export async function loadTorchStateDict(
  model: AnyModel,
  from: Readable,
  options: TorchStateDictOptions = {},
): Promise<void> {
  const who = 'loadTorchStateDict';
  const layers = linearLayers(who, model);
  const names = namesOf(who, layers, options);
  const tensors = await readTensors(who, from, remedies);
  const file = nameOf(who, from);
  const weights =
    names === undefined ? pairLayers(file, tensors, layers) : namedWeights(file, tensors, layers, names);
  restoreLayers(file, model, weights);
}

/** The option, with a name for each weight, and for each bias that is not beside one. */
function namesOf(
  who: string,
  layers: readonly LinearLayer[],
  options: TorchStateDictOptions,
): Readonly<Record<string, string | undefined>> | undefined {
  const { names } = checkOptions(who, options, { names: optional(record) });
  if (names === undefined) return undefined;
  const schema = layers.flatMap(({ W, b }) => {
    const beside = typeof names[W.name] === 'string' && biasBeside(names[W.name] as string) !== undefined;
    return [[W.name, string] as const, [b.name, beside ? optional(string) : string] as const];
  });
  return checkOptions(`${who}: names`, names, Object.fromEntries(schema)) as Record<
    string,
    string | undefined
  >;
}

function namedWeights(
  who: string,
  tensors: Tensors,
  layers: readonly LinearLayer[],
  names: Readonly<Record<string, string | undefined>>,
): readonly LayerWeights[] {
  const named = (parameter: string, name: string): FileTensor => {
    const tensor = tensors[name];
    if (tensor !== undefined) return { name, tensor };
    throw new ArgumentError(
      `${who}: expected the tensor ${name} for ${parameter} but received ${describe(Object.keys(tensors))}`,
    );
  };
  return layers.map(({ W, b }) => {
    const weight = named(W.name, names[W.name]!);
    const biasName = names[b.name];
    if (biasName !== undefined) return { weight, layout: 'outIn', bias: named(b.name, biasName) };
    const beside = biasBeside(weight.name)!;
    const bias = tensors[beside];
    return { weight, layout: 'outIn', bias: bias === undefined ? undefined : { name: beside, tensor: bias } };
  });
}
