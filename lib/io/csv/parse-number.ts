/** What stands before the fraction of a number. */
export type DecimalSign = '.' | ',';

/**
 * A finite decimal number, with white space around it or not; NaN for anything else, also for what `Number` takes beyond that: the
 * empty text, `0x10`, `Infinity`.
 */
export function parseNumber(text: string): number {
  const first = text.charCodeAt(0);
  if (first === 0x30) {
    // 0x, 0o and 0b
    const second = text.charCodeAt(1) | 0x20;
    if (second === 0x78 || second === 0x6f || second === 0x62) return Number.NaN;
  } else if (!(first > 0x20 && first < 0x80)) {
    const trimmed = text.trim();
    return trimmed === text ? Number.NaN : parseNumber(trimmed);
  }
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
}

/** {@link parseNumber} of numbers whose fraction stands behind a comma. */
export function parseCommaNumber(text: string): number {
  const comma = text.indexOf(',');
  if (comma < 0) return text.includes('.') ? Number.NaN : parseNumber(text);
  return text.includes('.') ? Number.NaN : parseNumber(`${text.slice(0, comma)}.${text.slice(comma + 1)}`);
}

/** Whether a text that is no finite number stands for an infinite one, or for one beyond float64's range. */
export function isInfinite(text: string): boolean {
  return (
    /^\s*[+-]?inf(inity)?\s*$/i.test(text) ||
    Math.abs(Number(text.replace(',', '.'))) === Number.POSITIVE_INFINITY
  );
}

/**
 * A text for a number that is the same however the number is written, so that `1`, `1.0` and `+1e0` are one class; the text itself
 * where zeros in front may mean something, as in `00501`, and where more digits would be lost than float64 has.
 */
export function canonicalNumber(text: string, value: number): string {
  const keeps = /^0\d/.test(text) || (Number.isInteger(value) && !Number.isSafeInteger(value));
  return keeps ? text : String(value + 0);
}

/** Whether a text looks like a number with that decimal sign, with groups of thousands or not. */
export function looksLikeNumber(text: string, decimal: DecimalSign): boolean {
  return (decimal === '.' ? pointNumber : commaNumber).test(text);
}

// Groups are parted by the other sign, or as ISO 31-0 (1 234) and Switzerland (1'234) have them.
const pointNumber = /^\s*[+-]?(\d{1,3}([,\s'’]\d{3})+(\.\d*)?|\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
const commaNumber = /^\s*[+-]?(\d{1,3}([.\s'’]\d{3})+(,\d*)?|\d+,?\d*|,\d+)(e[+-]?\d+)?\s*$/i;
