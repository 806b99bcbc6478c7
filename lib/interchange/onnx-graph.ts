import type { FloatDtype } from '../core/dtype.js';
import { ArgumentError } from '../core/errors.js';
import { asTensor, type Tensor } from '../core/tensors/tensor.js';
import type { Preparation } from '../data/preparation/preparation.js';
import type { OnnxConstant, OnnxNode } from '../io/formats/onnx.js';
import type { Network, NetworkLayer } from '../net/network.js';
import type { NamedTensors } from '../net/parameter-memory.js';
import { HostLayer } from '../nn/host-layer.js';
import type { LayerKind } from '../nn/layers/index.js';

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
   * @param constants by name, which the node reads after the value of the one before; they become the model's dtype
   */
  append(
    name: string,
    op: string,
    constants: Readonly<Record<string, Tensor>> = {},
    attributes: Readonly<Record<string, number>> = {},
  ): void {
    const dtype = this.#dtype;
    for (const [key, tensor] of Object.entries(constants)) {
      const { shape } = tensor;
      const data = asTensor(tensor, key, { dtype, convert: true }).elements();
      this.constants.push({ name: key, dtype, shape, data });
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

/** Appends what happens to rows before the first layer. */
export function appendPreparation(chain: OnnxChain, { steps }: Preparation): void {
  for (const [index, step] of steps.entries()) {
    const name = `preparation${index + 1}`;
    if (step.kind === 'project') {
      chain.append(name, 'Gemm', { [`${name}.components`]: step.components }, { transB: 1 });
    } else {
      chain.append(`${name}.shifted`, 'Sub', { [`${name}.shift`]: step.shift });
      chain.append(name, 'Mul', { [`${name}.scale`]: step.scale });
    }
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
