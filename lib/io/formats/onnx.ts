import { littleEndian, swapUnlessNative } from '../../core/byte-order.js';
import type { FloatDtype, TypedArray } from '../../core/dtype.js';
import { ProtobufWriter } from './protobuf.js';

/** The format's numbers of the element types. */
const elementTypes = { float32: 1, int64: 7, float64: 11 } as const;

/** The format's numbers of the types of attributes. */
const attributeTypes = { float: 1, int: 2, ints: 7 } as const;

/** The version of the format, ir_version, that brought each version of the operator set; the first is that of opset 13. */
const irVersions = [7, 7, 8, 8, 8, 8, 9, 9, 10, 10] as const;

/** The operator sets for which the nodes that gemmnet writes mean the same. */
export const opsets = { first: 13, last: 13 + irVersions.length - 1 } as const;

/** What flows into a graph or out of it. */
export interface OnnxValue {
  readonly name: string;
  readonly type: keyof typeof elementTypes;
  /** A word stands for any size: `['N', 784]`. */
  readonly shape: readonly (number | string)[];
}

/** A constant of a graph, row-major: numbers, or a row of int64 such as a shape. */
export type OnnxConstant = { readonly name: string; readonly shape: readonly number[] } & (
  | { readonly dtype: FloatDtype; readonly data: TypedArray }
  | { readonly dtype: 'int64'; readonly data: readonly number[] }
);

/** Integers, lists of them and, of float32, other numbers by name. */
export type OnnxAttributes = Readonly<
  Record<string, number | readonly number[] | { readonly float: number }>
>;

/** One operation: it reads values and constants by name, and gives one value. */
export interface OnnxNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: OnnxAttributes;
}

/** A graph with one input and one output, and who made it. */
export interface OnnxModel {
  /** The version of the operator set. */
  readonly opset: number;
  readonly producer: { readonly name: string; readonly version: string };
  readonly name: string;
  readonly input: OnnxValue;
  readonly output: OnnxValue;
  /** Each after those whose values it reads. */
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
}

/**
 * A model as the bytes of an ONNX file: a ModelProto in the terms of
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. The numbers are those of its fields.
 * @throws ArgumentError for more than 2 GiB
 */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const { opset, producer, name, input, output, nodes, constants } = model;
  return new ProtobufWriter()
    .varint(1, irVersions[opset - opsets.first] ?? irVersions.at(-1)!)
    .string(2, producer.name)
    .string(3, producer.version)
    .message(7, (graph) => {
      for (const node of nodes) graph.message(1, (inner) => writeNode(inner, node));
      graph.string(2, name);
      for (const constant of constants) graph.message(5, (inner) => writeConstant(inner, constant));
      graph.message(11, (inner) => writeValue(inner, input));
      graph.message(12, (inner) => writeValue(inner, output));
    })
    .message(8, (operatorSet) => operatorSet.string(1, '').varint(2, opset))
    .finish();
}

/** A NodeProto. */
function writeNode(writer: ProtobufWriter, { name, op, inputs, output, attributes }: OnnxNode): void {
  for (const input of inputs) writer.string(1, input);
  writer.string(2, output).string(3, name).string(4, op);
  for (const [key, value] of Object.entries(attributes)) {
    writer.message(5, (attribute) => {
      attribute.string(1, key);
      if (typeof value === 'number') attribute.varint(3, value).varint(20, attributeTypes.int);
      else if ('float' in value) attribute.float(2, value.float).varint(20, attributeTypes.float);
      else attribute.packedInt64s(8, value).varint(20, attributeTypes.ints);
    });
  }
}

/** A TensorProto, its elements as raw bytes where they are many. */
function writeConstant(writer: ProtobufWriter, { name, shape, ...values }: OnnxConstant): void {
  writer.packedInt64s(1, shape).varint(2, elementTypes[values.dtype]).string(8, name);
  if (values.dtype === 'int64') writer.packedInt64s(7, values.data);
  else writer.bytes(9, littleEndianBytes(values.data));
}

/** A ValueInfoProto. */
function writeValue(writer: ProtobufWriter, { name, type, shape }: OnnxValue): void {
  writer.string(1, name).message(2, (typeProto) => {
    typeProto.message(1, (tensorType) => {
      tensorType.varint(1, elementTypes[type]).message(2, (tensorShape) => {
        for (const size of shape) {
          tensorShape.message(1, (axis) =>
            typeof size === 'number' ? axis.varint(1, size) : axis.string(2, size),
          );
        }
      });
    });
  });
}

function littleEndianBytes(data: TypedArray): Uint8Array {
  const array = littleEndian ? data : data.slice();
  swapUnlessNative(array, 'little');
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
