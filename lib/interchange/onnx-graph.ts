import type { FloatDtype } from '../core/dtype.js';
import { ArgumentError } from '../core/errors.js';
import { asTensor, type Tensor, tensor } from '../core/tensors/tensor.js';
import type { Preparation } from '../data/preparation/preparation.js';
import type { OnnxAttributes, OnnxConstant, OnnxNode } from '../io/formats/onnx.js';
import type { Network, NetworkLayer } from '../net/network.js';
import type { NamedTensors } from '../net/parameter-memory.js';
import { HostLayer } from '../nn/host-layer.js';
import type { LayerKind } from '../nn/layers/index.js';
import { Residual } from '../nn/layers/structure/residual.js';

/** The nodes of an ONNX graph in a chain: each reads what the one before it gave (or earlier ones), and its own constants. */
export class OnnxChain {
  readonly input = 'X';
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  readonly #dtype: FloatDtype;

  constructor(dtype: FloatDtype) {
    this.#dtype = dtype;
  }

  /** What the last node gives. */
  get last(): string {
    return this.nodes.at(-1)?.output ?? this.input;
  }

  /** The last value under another shape of as many elements, 0 for a size that stays. */
  reshape(name: string, shape: readonly number[]): void {
    const key = `${name}.shape`;
    this.constants.push({ name: key, dtype: 'int64', shape: [shape.length], data: shape });
    this.append(name, 'Reshape', {}, {}, [this.last, key]);
  }

  /**
   * One more node at the end.
   * @param name of the node and of its value
   * @param constants by name, which the node reads after the values; they become the model's dtype
   * @param values what other nodes give; default: that of the last one
   */
  append(
    name: string,
    op: string,
    constants: Readonly<Record<string, Tensor>> = {},
    attributes: OnnxAttributes = {},
    values: readonly string[] = [this.last],
  ): void {
    const dtype = this.#dtype;
    for (const [key, tensor] of Object.entries(constants)) {
      const { shape } = tensor;
      const data = asTensor(tensor, key, { dtype, convert: true }).elements();
      this.constants.push({ name: key, dtype, shape, data });
    }
    this.nodes.push({
      name,
      op,
      inputs: [...values, ...Object.keys(constants)],
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
  (op: string, attributes: OnnxAttributes = {}): Export =>
  (chain, { name }) =>
    chain.append(name, op, {}, attributes);

/** The same with the layer's own number as an attribute, under the name that ONNX has for it. */
const operatorWith =
  (op: string, attribute: string, key: string): Export =>
  (chain, { name, layer }) =>
    chain.append(name, op, {}, { [attribute]: { float: layer.config()[key] as number } });

const scalar = (value: number) => tensor([value], [1], { dtype: 'float64' });

/**
 * x times a gate of x: what `gate` appends.
 * @param gate of the chain, and the names that its nodes begin with and x has
 */
const gated =
  (gate: (chain: OnnxChain, name: string, x: string, layer: NetworkLayer) => void): Export =>
  (chain, layer) => {
    const { name } = layer;
    const x = chain.last;
    gate(chain, name, x, layer);
    chain.append(name, 'Mul', {}, {}, [x, chain.last]);
  };

/** ½·(1 + erf(x / √2)), for operator sets without Gelu as well, or σ(2u), u = √(2/π)·(x + 0.044715·x³). */
const geluGate = gated((chain, name, x, { layer }) => {
  if (layer.config().approximate === 'none') {
    chain.append(`${name}.scaled`, 'Mul', { [`${name}.scale`]: scalar(Math.SQRT1_2) });
    chain.append(`${name}.erf`, 'Erf');
    chain.append(`${name}.shifted`, 'Add', { [`${name}.one`]: scalar(1) });
    chain.append(`${name}.gate`, 'Mul', { [`${name}.half`]: scalar(0.5) });
  } else {
    const slope = 2 * Math.sqrt(2 / Math.PI);
    chain.append(`${name}.square`, 'Mul', {}, {}, [x, x]);
    chain.append(`${name}.cubic`, 'Mul', { [`${name}.coefficient`]: scalar(0.044715 * slope) });
    chain.append(`${name}.linear`, 'Add', { [`${name}.slope`]: scalar(slope) });
    chain.append(`${name}.argument`, 'Mul', {}, {}, [x, chain.last]);
    chain.append(`${name}.gate`, 'Sigmoid');
  }
});

/** All but what has layers inside. */
type Exported = Exclude<LayerKind, 'Residual'>;

/** How each layer that comes with the package is written. */
const exports: Readonly<Record<Exported, Export>> = {
  // Y = X·Wᵀ + b with W as it is stored, (out, in).
  Linear(chain, { name, parameters: [W, b] }, params) {
    const constants = { [W!.name]: params[W!.name]!.T, [b!.name]: params[b!.name]! };
    chain.append(name, 'Gemm', constants, { transB: 1 });
  },
  ReLU: operator('Relu'),
  LeakyReLU: operatorWith('LeakyRelu', 'alpha', 'negativeSlope'),
  PReLU(chain, { name, inputShape, parameters: [slope] }, tensors) {
    const slopes = tensors[slope!.name]!;
    const shape = [slopes.size, ...inputShape.slice(1).map(() => 1)];
    chain.append(name, 'PRelu', { [slope!.name]: slopes.reshape(shape) });
  },
  ELU: operatorWith('Elu', 'alpha', 'alpha'),
  SELU: operator('Selu'),
  GELU: geluGate,
  SiLU: gated((chain, name) => chain.append(`${name}.gate`, 'Sigmoid')),
  // ONNX has Mish from operator set 18 on.
  Mish: gated((chain, name) => {
    chain.append(`${name}.softplus`, 'Softplus');
    chain.append(`${name}.gate`, 'Tanh');
  }),
  Sigmoid: operator('Sigmoid'),
  Hardsigmoid: operator('HardSigmoid', { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  Tanh: operator('Tanh'),
  Softplus: operator('Softplus'),
  // Of pictures, over their channels.
  Softmax: operator('Softmax', { axis: 1 }),
  LogSoftmax: operator('LogSoftmax', { axis: 1 }),
  // As a pooling of (N, groups, pieces, H·W): the axes of ReduceMax are written in another way from operator set 18 on.
  Maxout(chain, { name, layer, outputShape }) {
    const [groups = 1, ...sizes] = outputShape;
    const pieces = layer.config().pieces as number;
    const pixels = sizes.reduce((product, size) => product * size, 1);
    chain.reshape(`${name}.pieces`, [0, groups, pieces, pixels]);
    chain.append(`${name}.largest`, 'MaxPool', {}, { kernel_shape: [pieces, 1] });
    chain.reshape(name, [0, groups, ...sizes]);
  },
  // Predictions drop nothing.
  Dropout: operator('Identity'),
  AlphaDropout: operator('Identity'),
  BatchNorm1d: batchNorm,
  BatchNorm2d: batchNorm,
  // As one channel of D numbers, in all operator sets.
  LayerNorm(chain, layer, tensors) {
    chain.reshape(`${layer.name}.rows`, [0, 1, layer.inputSize]);
    standardized(chain, layer, 1);
    chain.reshape(`${layer.name}.shaped`, [0, ...layer.inputShape]);
    scaled(chain, layer, tensors, layer.inputShape);
  },
  GroupNorm(chain, layer, tensors) {
    const groups = layer.layer.config().numGroups as number;
    const [channels = 0, ...sizes] = layer.inputShape;
    chain.reshape(`${layer.name}.groups`, [0, groups, layer.inputSize / groups]);
    standardized(chain, layer, groups);
    chain.reshape(`${layer.name}.shaped`, [0, ...layer.inputShape]);
    scaled(chain, layer, tensors, [channels, ...sizes.map(() => 1)]);
  },
  // The mean square as a pooling: the axes of ReduceMean are written in another way from operator set 18 on.
  RMSNorm(chain, layer, tensors) {
    const { name, inputSize, inputShape } = layer;
    const x = chain.last;
    chain.append(`${name}.squares`, 'Mul', {}, {}, [x, x]);
    chain.reshape(`${name}.rows`, [0, 1, inputSize]);
    chain.append(`${name}.mean`, 'GlobalAveragePool');
    chain.reshape(`${name}.one`, [0, ...inputShape.map(() => 1)]);
    chain.append(`${name}.shifted`, 'Add', {
      [`${name}.epsilon`]: scalar(layer.layer.config().epsilon as number),
    });
    chain.append(`${name}.deviation`, 'Sqrt');
    chain.append(`${name}.normalized`, 'Div', {}, {}, [x, chain.last]);
    scaled(chain, layer, tensors, inputShape);
  },
  Conv2d(chain, layer, tensors) {
    const [W, b] = layer.parameters;
    const constants = { [W!.name]: tensors[W!.name]!, [b!.name]: tensors[b!.name]! };
    chain.append(layer.name, 'Conv', constants, windowsOf(layer));
  },
  MaxPool2d: (chain, layer) => chain.append(layer.name, 'MaxPool', {}, windowsOf(layer)),
  AvgPool2d: (chain, layer) =>
    chain.append(layer.name, 'AveragePool', {}, { ...windowsOf(layer), count_include_pad: 1 }),
  GlobalAvgPool2d(chain, { name }) {
    chain.append(`${name}.pooled`, 'GlobalAveragePool');
    chain.append(name, 'Flatten', {}, { axis: 1 });
  },
  Flatten: operator('Flatten', { axis: 1 }),
  Reshape: (chain, { name, outputShape }) => chain.reshape(name, [0, ...outputShape]),
};

function batchNorm(
  chain: OnnxChain,
  { name, layer, parameters, states }: NetworkLayer,
  tensors: NamedTensors,
): void {
  const constants = [...parameters, ...states].map((each) => [each.name, tensors[each.name]!] as const);
  const epsilon = { float: layer.config().epsilon as number };
  chain.append(name, 'BatchNormalization', Object.fromEntries(constants), { epsilon });
}

/** (x − mean) / √(variance + ε) of each of some channels of rows. */
function standardized(chain: OnnxChain, { name, layer }: NetworkLayer, channels: number): void {
  const filled = (value: number) => tensor(new Float64Array(channels).fill(value));
  const constants = { [`${name}.ones`]: filled(1), [`${name}.zeros`]: filled(0) };
  const epsilon = { float: layer.config().epsilon as number };
  chain.append(`${name}.standardized`, 'InstanceNormalization', constants, { epsilon });
}

/** What was normalized, times gamma, plus beta if there is one. */
function scaled(
  chain: OnnxChain,
  { name, parameters }: NetworkLayer,
  tensors: NamedTensors,
  shape: readonly number[],
): void {
  for (const [i, parameter] of parameters.entries()) {
    const isLast = i === parameters.length - 1;
    const constant = { [parameter.name]: tensors[parameter.name]!.reshape(shape) };
    chain.append(isLast ? name : `${name}.${parameter.spec.name}`, i === 0 ? 'Mul' : 'Add', constant);
  }
}

/** The windows of a convolution or a pooling, as attributes. */
function windowsOf({ layer }: NetworkLayer): OnnxAttributes {
  const { kernelSize, stride, padding } = layer.config() as Readonly<Record<string, readonly number[]>>;
  return { kernel_shape: kernelSize!, strides: stride!, pads: [...padding!, ...padding!] };
}

/**
 * Appends the layers of a net, whose rows are flat before the first and behind the last.
 * @throws ArgumentError for a layer written in JavaScript
 */
export function appendLayers(chain: OnnxChain, network: Network, tensors: NamedTensors, who: string): void {
  const { inputShape, layers } = network;
  if (inputShape.length > 1) chain.reshape('pictures', [0, ...inputShape]);
  appendChain(chain, layers, (layer) => {
    const { kind } = layer.layer;
    if (layer.layer instanceof HostLayer) {
      throw new ArgumentError(
        `${who}: expected layers that come with gemmnet but layer ${layers.indexOf(layer)} (${kind}) is a CustomLayer, ` +
          'which ONNX has no operator for',
      );
    }
    exports[kind as Exported](chain, layer, tensors);
  });
  const last = layers.findLast(({ depth }) => depth === 0);
  if (last!.outputShape.length > 1) chain.append('flat', 'Flatten', {}, { axis: 1 });
}

/** Layers one after another, of which a Residual has others inside: those that follow it and lie deeper. */
function appendChain(
  chain: OnnxChain,
  layers: readonly NetworkLayer[],
  append: (layer: NetworkLayer) => void,
): void {
  for (let at = 0; at < layers.length; ) {
    const layer = layers[at]!;
    const next = layers.findIndex(({ depth }, i) => i > at && depth <= layer.depth);
    const end = next < 0 ? layers.length : next;
    if (layer.layer instanceof Residual) {
      const x = chain.last;
      appendChain(chain, layers.slice(at + 1, end), append);
      chain.append(layer.name, 'Add', {}, {}, [x, chain.last]);
    } else {
      append(layer);
    }
    at = end;
  }
}
