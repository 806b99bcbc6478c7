import { FormatError } from '../core/errors.js';
import { FullyConnectedNet } from './fully-connected-net.js';
import { NeuralNetwork } from './neural-network.js';
import { readModel, restoreModel } from './saving.js';
import { type CustomLayerClasses, Sequential } from './sequential.js';
import { TwoLayerNet } from './two-layer-net.js';

const classes = { TwoLayerNet, FullyConnectedNet, NeuralNetwork, Sequential } as const;

/**
 * Reads a model of any class that `save` wrote.
 * @param options layers: the classes of layers of your own, by their names
 * @throws FormatError for a file that holds no gemmnet model
 */
export async function loadModel(
  path: string | URL,
  options: { readonly layers?: CustomLayerClasses } = {},
): Promise<TwoLayerNet | FullyConnectedNet | NeuralNetwork | Sequential> {
  const { description, tensors } = await readModel(path);
  const { kind } = description;
  if (!Object.hasOwn(classes, kind)) {
    throw new FormatError(
      `loadModel: expected a model of class ${Object.keys(classes).join(', ')} in ${path} but it holds a ${kind}`,
    );
  }
  const made = classes[kind as keyof typeof classes];
  return restoreModel<TwoLayerNet | FullyConnectedNet | NeuralNetwork | Sequential>(
    String(path),
    description,
    tensors,
    (config) => made.fromConfig(config, options.layers),
  );
}
