/** The value of each float16 by its bits; made when first needed. */
let float16Values: Float32Array | undefined;

/**
 * The number that IEEE 754 binary16 bits stand for.
 * @param bits 0 … 65535
 */
export function fromFloat16(bits: number): number {
  float16Values ??= Float32Array.from({ length: 1 << 16 }, (_, each) => float16Value(each));
  return float16Values[bits]!;
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/**
 * The number that bfloat16 bits stand for: they are the upper half of a float32.
 * @param bits 0 … 65535
 */
export function fromBfloat16(bits: number): number {
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
