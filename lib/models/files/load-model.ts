import { shortened } from '../../core/describe.js';
import { FormatError } from '../../core/errors.js';
import type { Readable } from '../../io/files/source.js';
import { FullyConnectedNet } from '../fully-connected-net.js';
import { NeuralNetwork } from '../neural-network.js';
import { type CustomLayerClasses, Sequential } from '../sequential.js';
import { ThreeLayerConvNet } from '../three-layer-conv-net.js';
import { TwoLayerNet } from '../two-layer-net.js';
import { nameOfFile, readModel, restoreModel } from './saving.js';

const classes = { TwoLayerNet, FullyConnectedNet, NeuralNetwork, Sequential, ThreeLayerConvNet } as const;

/**
 * Reads a model of any class that `save` wrote.
 * @param from a path, or the contents of a file
 * @param options layers: the classes of layers of your own, by their names
 * @throws FormatError for a file that holds no gemmnet model
 * @throws ArgumentError for a file that cannot be read
 */
export async function loadModel(
  from: Readable,
  options: { readonly layers?: CustomLayerClasses } = {},
): Promise<TwoLayerNet | FullyConnectedNet | NeuralNetwork | Sequential | ThreeLayerConvNet> {
  const { description, tensors } = await readModel('loadModel', from);
  const { kind } = description;
  if (!Object.hasOwn(classes, kind)) {
    throw new FormatError(
      `loadModel: expected a model of class ${Object.keys(classes).join(', ')} in ${nameOfFile(from)} but it holds a ${shortened(kind)}`,
    );
  }
  const made = classes[kind as keyof typeof classes];
  return restoreModel<TwoLayerNet | FullyConnectedNet | NeuralNetwork | Sequential | ThreeLayerConvNet>(
    nameOfFile(from),
    description,
    tensors,
    (config) => made.fromConfig(config, options.layers),
  );
}
