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
