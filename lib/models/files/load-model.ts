import { shortened } from '../../core/describe.js';
import { FormatError } from '../../core/errors.js';
import type { Readable } from '../../io/files/source.js';
import type { LayerConfig } from '../../nn/layer.js';
import type { CustomLossClasses } from '../../nn/losses/index.js';
import { FullyConnectedNet } from '../fully-connected-net.js';
import { NeuralNetwork } from '../neural-network.js';
import { type CustomLayerClasses, Sequential } from '../sequential.js';
import { ThreeLayerConvNet } from '../three-layer-conv-net.js';
import { TwoLayerNet } from '../two-layer-net.js';
import { nameOfFile, readModel, restoreModel } from './saving.js';

type LoadedModel = TwoLayerNet | FullyConnectedNet | NeuralNetwork | Sequential | ThreeLayerConvNet;
type Maker = (
  config: LayerConfig,
  options: { readonly layers?: CustomLayerClasses; readonly losses?: CustomLossClasses },
) => LoadedModel;

const makers = {
  TwoLayerNet: (config, { losses }) => TwoLayerNet.fromConfig(config, losses),
  FullyConnectedNet: (config, { losses }) => FullyConnectedNet.fromConfig(config, losses),
  NeuralNetwork: (config) => NeuralNetwork.fromConfig(config),
  ThreeLayerConvNet: (config) => ThreeLayerConvNet.fromConfig(config),
  Sequential: (config, { layers, losses }) => Sequential.fromConfig(config, layers, losses),
} as const satisfies Record<string, Maker>;

/**
 * Reads a model of any class that `save` wrote.
 * @param from a path, or the contents of a file
 * @param options layers, losses: the classes of layers and losses of your own, by their names
 * @throws FormatError for a file that holds no gemmnet model
 * @throws ArgumentError for a file that cannot be read
 */
export async function loadModel(
  from: Readable,
  options: { readonly layers?: CustomLayerClasses; readonly losses?: CustomLossClasses } = {},
): Promise<LoadedModel> {
  const { description, tensors } = await readModel('loadModel', from);
  const { kind } = description;
  if (!Object.hasOwn(makers, kind)) {
    throw new FormatError(
      `loadModel: expected a model of class ${Object.keys(makers).join(', ')} in ${nameOfFile(from)} but it holds a ${shortened(kind)}`,
    );
  }
  const make: Maker = makers[kind as keyof typeof makers];
  return restoreModel(nameOfFile(from), description, tensors, (config) => make(config, options));
}
