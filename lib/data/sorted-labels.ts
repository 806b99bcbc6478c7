import process from 'node:process';

/** A piece of a data set: its name, and its first row and the one past its last. */
interface NamedRows {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Warns where rows that lie in the order of their classes, as those of folders do, are cut in that order: what tests then has other
 * classes than what trains. Rows in any other order are told by the first labels.
 */
export function warnOfSortedLabels(y: ArrayLike<number>, pieces: readonly NamedRows[]): void {
  const cut = Math.max(...pieces.map(({ end }) => end));
  let different = 1;
  for (let i = 1; i < cut; i++) {
    if (y[i]! < y[i - 1]!) return;
    different += Number(y[i] !== y[i - 1]);
  }
  // Integers of which few come twice are no classes but numbers.
  if (2 * different > cut) return;
  // In sorted rows a piece has the classes from its first label to its last.
  const [first, ...others] = pieces;
  if (first === undefined) return;
  const stranger = others.find(
    ({ start, end }) => start < end && (y[start]! > y[first.end - 1]! || y[end - 1]! < y[first.start]!),
  );
  if (stranger === undefined) return;
  process.emitWarning(
    `split: the rows lie in the order of their classes, of which ${name(stranger)} and ${name(first)} have none in common; ` +
      'mix them: { stratify: true, seed: 0 } as the fourth argument',
    { type: 'GemmnetWarning', code: 'GEMMNET_SORTED_LABELS' },
  );
}

function name(piece: NamedRows): string {
  return `${piece.name[0]!.toLowerCase()}${piece.name.slice(1)}`;
}
