/** Some rows after those of the pieces before. */
export interface Piece {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The rows of all pieces, one piece after the other, each in the given order and with its share of every class. Shares are of the rows that
 * the pieces before have left, so that pieces of all rows leave none out.
 */
export function stratified(y: Int32Array, order: Int32Array, pieces: readonly Piece[]): Int32Array {
  const left = new Map<number, number>();
  for (const label of y) left.set(label, (left.get(label) ?? 0) + 1);
  const picked = new Int32Array(pieces.at(-1)?.end ?? 0);
  const taken = new Uint8Array(order.length);
  for (const { start, end } of pieces) {
    const wanted = shares(left, end - start, order.length - start);
    let next = start;
    for (const row of order) {
      const label = y[row]!;
      const more = wanted.get(label)!;
      if (taken[row] === 1 || more === 0) continue;
      taken[row] = 1;
      wanted.set(label, more - 1);
      left.set(label, left.get(label)! - 1);
      picked[next++] = row;
    }
  }
  return picked;
}

/** How many of `rows` rows each class gets: the whole part of its quota, then one more for the largest remainders, lower classes first. */
function shares(left: ReadonlyMap<number, number>, rows: number, total: number): Map<number, number> {
  const quotas = [...left].map(([label, count]) => {
    const product = rows * count;
    return { label, whole: Math.floor(product / total), remainder: product % total };
  });
  const missing = rows - quotas.reduce((sum, { whole }) => sum + whole, 0);
  const byRemainder = quotas.toSorted((a, b) => b.remainder - a.remainder || a.label - b.label);
  return new Map(byRemainder.map(({ label, whole }, i) => [label, whole + (i < missing ? 1 : 0)]));
}
