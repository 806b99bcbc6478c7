import type { FloatDtype } from '../core/dtype.js';
import { ArgumentError } from '../core/errors.js';
import type { Tensor } from '../core/tensor.js';
import type { OnnxConstant, OnnxNode } from '../io/onnx.js';
import { HostLayer } from '../nn/host-layer.js';
import type { LayerKind } from '../nn/layers/index.js';
import type { Network, NetworkLayer } from './network.js';
import type { NamedTensors } from './parameter-memory.js';

/** The nodes of an ONNX graph in a chain: each reads what the one before it gave, and its own constants. */
export class OnnxChain {
  readonly input = 'X';
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  readonly #dtype: FloatDtype;

  constructor(dtype: FloatDtype) {
    this.#dtype = dtype;
  }

  /**
   * One more node at the end.
   * @param name of the node and of its value
   * @param constants by name, which the node reads after the value of the one before
   */
  append(
    name: string,
    op: string,
    constants: Readonly<Record<string, Tensor>> = {},
    attributes: Readonly<Record<string, number>> = {},
  ): void {
    for (const [key, tensor] of Object.entries(constants)) {
      this.constants.push({
        name: key,
        dtype: this.#dtype,
        shape: tensor.shape,
        data: tensor.elements(),
      });
    }
    const previous = this.nodes.at(-1)?.output ?? this.input;
    this.nodes.push({
      name,
      op,
      inputs: [previous, ...Object.keys(constants)],
      output: name,
      attributes,
    });
  }
}

type Export = (chain: OnnxChain, layer: NetworkLayer, params: NamedTensors) => void;

/** A layer without parameters that ONNX has an operator for. */
const operator =
  (op: string, attributes: Readonly<Record<string, number>> = {}): Export =>
  (chain, { name }) =>
    chain.append(name, op, {}, attributes);

/** How each layer that comes with the package is written. */
const exports: Readonly<Record<LayerKind, Export>> = {
  // Y = X·Wᵀ + b with W as it is stored, (out, in).
  Linear(chain, { name, parameters: [W, b] }, params) {
    const constants = { [W!.name]: params[W!.name]!.T, [b!.name]: params[b!.name]! };
    chain.append(name, 'Gemm', constants, { transB: 1 });
  },
  ReLU: operator('Relu'),
  Sigmoid: operator('Sigmoid'),
  Tanh: operator('Tanh'),
  Softmax: operator('Softmax', { axis: -1 }),
};

/**
 * Appends the layers of a net.
 * @throws ArgumentError for a layer written in JavaScript
 */
export function appendLayers(chain: OnnxChain, { layers }: Network, params: NamedTensors, who: string): void {
  for (const [index, layer] of layers.entries()) {
    const { kind } = layer.layer;
    if (layer.layer instanceof HostLayer) {
      throw new ArgumentError(
        `${who}: expected layers that come with gemmnet but layer ${index} (${kind}) is a CustomLayer, which ONNX has no operator for`,
      );
    }
    exports[kind as LayerKind](chain, layer, params);
  }
}
