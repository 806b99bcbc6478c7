/** The value of each float16 and bfloat16 by its bits; made when first needed. */
let float16Values: Float32Array | undefined;
let bfloat16Values: Float32Array | undefined;

/**
 * The number that IEEE 754 binary16 bits stand for.
 * @param bits 0 … 65535
 */
export function fromFloat16(bits: number): number {
  float16Values ??= tableOf(float16Value);
  return float16Values[bits]!;
}

/**
 * The number that bfloat16 bits stand for: they are the upper half of a float32.
 * @param bits 0 … 65535
 */
export function fromBfloat16(bits: number): number {
  bfloat16Values ??= tableOf(bfloat16Value);
  return bfloat16Values[bits]!;
}

/** As {@link fromFloat16}, of all of them; returns `values`, which are as many. */
export function fromFloat16s(bits: Uint16Array, values: Float32Array): Float32Array {
  float16Values ??= tableOf(float16Value);
  return lookUp(float16Values, bits, values);
}

/** As {@link fromBfloat16}, of all of them; returns `values`, which are as many. */
export function fromBfloat16s(bits: Uint16Array, values: Float32Array): Float32Array {
  bfloat16Values ??= tableOf(bfloat16Value);
  return lookUp(bfloat16Values, bits, values);
}

function tableOf(value: (bits: number) => number): Float32Array {
  const table = new Float32Array(1 << 16);
  for (let bits = 0; bits < table.length; bits++) table[bits] = value(bits);
  return table;
}

function lookUp(table: Float32Array, bits: Uint16Array, values: Float32Array): Float32Array {
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i]!]!;
  return values;
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

function bfloat16Value(bits: number): number {
  word[0] = bits << 16;
  return float[0]!;
}

function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  // Without the leading one: the numbers next to zero.
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
