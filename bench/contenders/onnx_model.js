/** Enough of Protocol Buffers and of ONNX's schema to write a fully-connected net; the numbers are those of onnx.proto. */

const float = 1;
const int64 = 7;

/** @param {number} value */
function varint(value) {
  const bytes = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/**
 * One field: a number as a varint, a text, or bytes of any meaning.
 *
 * @param {number} number
 * @param {number | string | Uint8Array} value
 */
function field(number, value) {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** @param {...Uint8Array} fields */
const message = (...fields) => Buffer.concat(fields);

/**
 * @param {string} op
 * @param {readonly string[]} inputs
 * @param {string} output
 * @param {Readonly<Record<string, number>>} [attributes] integers
 */
function node(op, inputs, output, attributes = {}) {
  const integer = 2;
  const encoded = Object.entries(attributes).map(([name, value]) =>
    field(5, message(field(1, name), field(3, value), field(20, integer))),
  );
  return message(...inputs.map((name) => field(1, name)), field(2, output), field(4, op), ...encoded);
}

/**
 * @param {string} name
 * @param {readonly number[]} shape
 * @param {Float32Array} data
 */
function initializer(name, shape, data) {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message(...shape.map((size) => field(1, size)), field(2, float), field(8, name), field(9, raw));
}

/**
 * @param {string} name
 * @param {number} type
 * @param {readonly (number | string)[]} shape a text names a size that is known later
 */
function value(name, type, shape) {
  const sizes = shape.map((size) => field(1, field(typeof size === 'number' ? 1 : 2, size)));
  const tensor = message(field(1, type), field(2, message(...sizes)));
  return message(field(1, name), field(2, field(1, tensor)));
}

/**
 * The net as an ONNX model: x (batch, D) → the class of each row.
 *
 * @param {readonly { rows: number, cols: number, data: Float32Array }[]} weights (in, out); the biases are 0
 */
export function onnxModel(weights) {
  const layers = weights.flatMap(({ rows, cols, data }, i) => {
    const last = i === weights.length - 1;
    const sum = node('Gemm', [`h${i}`, `w${i}`, `b${i}`], last ? 'scores' : `s${i}`);
    return [
      ...[sum, ...(last ? [] : [node('Relu', [`s${i}`], `h${i + 1}`)])].map((each) => field(1, each)),
      field(5, initializer(`w${i}`, [rows, cols], data)),
      field(5, initializer(`b${i}`, [cols], new Float32Array(cols))),
    ];
  });
  const graph = message(
    ...layers,
    field(1, node('ArgMax', ['scores'], 'classes', { axis: 1, keepdims: 0 })),
    field(2, 'net'),
    field(11, value('h0', float, ['batch', weights[0]?.rows ?? 0])),
    field(12, value('classes', int64, ['batch'])),
  );
  const [irVersion, opset] = [8, 13];
  return message(field(1, irVersion), field(7, graph), field(8, message(field(1, ''), field(2, opset))));
}
