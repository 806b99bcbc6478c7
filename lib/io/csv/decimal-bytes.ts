/** How many powers of ten there are tables of: 10⁰ … 10⁶⁴. */
const powers = 65;

/** 10ᵏ is `tens[k] + rest[k]`, but for 2⁻¹⁰⁶ of it; the rest is 0 up to 10²², the largest power that a double is. */
const [tens, rest] = [new Float64Array(powers), new Float64Array(powers)];
/** The upper 26 bits of `tens`, and the lower 27. */
const [upper, lower] = [new Float64Array(powers), new Float64Array(powers)];

/** Veltkamp's constant, 2²⁷ + 1: parts a double into halves whose products are exact. */
const splitter = 134217729;

for (let k = 0, power = 1n; k < powers; k++, power *= 10n) {
  const ten = Number(power);
  tens[k] = ten;
  rest[k] = Number(power - BigInt(ten));
  const spread = ten * splitter;
  upper[k] = spread - (spread - ten);
  lower[k] = ten - upper[k]!;
}

/** The largest power of ten that a double is. */
const exactPower = 22;
/** Below, every integer is a double. */
const exactIntegers = 2 ** 53;
/** More than what {@link scaled} misses, of what it computes: that is 13 · 2⁻¹⁰⁶ at most. */
const doubt = 2 ** -98;

const [zero, plus, minus, letterE] = [0x30, 0x2b, 0x2d, 0x65];

/**
 * Reads a decimal number out of bytes: `-12.5e-3`, its sign, fraction and exponent there or not. What it gives is what `Number` gives, the
 * nearest double. NaN where there is none, and where that is hard to tell (one in some hundred of those with more than 18 digits, one in 2⁴⁰ of others, and
 * exponents far away): whoever wants to know has to ask `Number`.
 * @param bytes with some behind the number that is no part of one
 * @param point the decimal sign
 * @param values takes the number, at `index`
 * @returns where the first byte stands that is no part of it
 */
export function readDecimal(
  bytes: Uint8Array,
  start: number,
  point: number,
  values: Float64Array,
  index: number,
): number {
  const sign = bytes[start]!;
  const first = sign === minus || sign === plus ? start + 1 : start;
  let at = first;
  let digit = bytes[at]! - zero;
  // The first nine digits, zeros in front not counted, the next nine, and how many those are: each part is a small integer to V8.
  let [high, low, lowDigits] = [0, 0, 0];
  // Of digits that neither part took.
  let dropped = 0;
  let exponent = 0;
  let digits = 0;
  for (; digit >= 0 && digit <= 9 && high < 1e8; digit = bytes[++at]! - zero) high = (high * 10 + digit) | 0;
  if (digit >= 0 && digit <= 9) {
    const end = at + 9;
    const from = at;
    for (; digit >= 0 && digit <= 9 && at < end; digit = bytes[++at]! - zero) low = (low * 10 + digit) | 0;
    lowDigits = at - from;
    for (; digit >= 0 && digit <= 9; digit = bytes[++at]! - zero) dropped++;
    exponent = dropped;
  }
  digits = at - first;
  if (digit + zero === point) {
    const fraction = ++at;
    digit = bytes[at]! - zero;
    if (lowDigits === 0) {
      for (; digit >= 0 && digit <= 9 && high < 1e8; digit = bytes[++at]! - zero)
        high = (high * 10 + digit) | 0;
    }
    exponent -= at - fraction;
    if (digit >= 0 && digit <= 9) {
      const end = at + 9 - lowDigits;
      const from = at;
      for (; digit >= 0 && digit <= 9 && at < end; digit = bytes[++at]! - zero) low = (low * 10 + digit) | 0;
      lowDigits += at - from;
      exponent -= at - from;
      for (; digit >= 0 && digit <= 9; digit = bytes[++at]! - zero) dropped++;
    }
    digits += at - fraction;
  }
  if (digits === 0) {
    values[index] = Number.NaN;
    return at;
  }
  if (((digit + zero) | 0x20) === letterE) {
    const mark = bytes[++at]!;
    if (mark === minus || mark === plus) at++;
    digit = bytes[at]! - zero;
    let power = digit >= 0 && digit <= 9 ? 0 : Number.NaN;
    for (; digit >= 0 && digit <= 9; digit = bytes[++at]! - zero) power = power * 10 + digit;
    exponent += mark === minus ? -power : power;
  }
  let value: number;
  if (lowDigits === 0 && exponent <= 0 && exponent >= -exactPower) value = high / tens[0 - exponent]!;
  else value = scaled(high, low, lowDigits, exponent, dropped > 0);
  values[index] = sign === minus ? -value : value;
  return at;
}

/**
 * (`high` · 10^`lowDigits` + `low`) · 10^`exponent`, the nearest double; NaN where one cannot tell which of two that is. Integers up to 2⁵³
 * and exact powers make one rounding (Clinger 1990). Else the product or quotient is computed to twice the digits of a double (Dekker
 * 1971), and counts if all that it may really be is rounded to the same.
 * @param isCut whether digits were dropped, so that the integer may be larger, by less than one
 */
function scaled(high: number, low: number, lowDigits: number, exponent: number, isCut: boolean): number {
  const k = exponent < 0 ? -exponent : exponent;
  // NaN too.
  if (!(k < powers)) return Number.NaN;
  // Exact: 30 bits times 21, and powers of two.
  const most = high * tens[lowDigits]!;
  const integer = most + low;
  const ten = tens[k]!;
  if (integer < exactIntegers && k <= exactPower && !isCut)
    return exponent < 0 ? integer / ten : integer * ten;
  const left = low - (integer - most);
  const factor = exponent < 0 ? integer / ten : integer;
  const product = factor * ten;
  const spread = factor * splitter;
  const factorUpper = spread - (spread - factor);
  const factorLower = factor - factorUpper;
  // What the rounding of the product took away.
  const lost =
    factorUpper * upper[k]! -
    product +
    factorUpper * lower[k]! +
    factorLower * upper[k]! +
    factorLower * lower[k]!;
  let near: number;
  let more: number;
  let unit: number;
  if (exponent < 0) {
    near = factor;
    more = (integer - product - lost + left - factor * rest[k]!) / ten;
    unit = 1 / ten;
  } else {
    near = product;
    more = lost + factor * rest[k]! + left * ten;
    unit = ten;
  }
  const error = near * doubt;
  const value = near + (more - error);
  return value === near + (more + error + (isCut ? unit : 0)) ? value : Number.NaN;
}
