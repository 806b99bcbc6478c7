/** Fewer letters begin many words. */
const shortestBeginning = 4;

/**
 * The candidate that a misspelled word was probably meant to be, or undefined when none is near. Case, `_` and `-`
 * do not count, so that `hidden_size` finds `hiddenSize`. Where none is near, it is one whose words have these initials, so that `lr`
 * finds `learningRate` (and `learningRate` finds `lr`), or the first that begins with the word: `label` means `labelColumn`.
 */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[_-]/g, '');
  const sought = plain(word);
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const name = plain(candidate);
    const most = Math.max(sought.length, name.length) * 0.4;
    // At least as many letters differ as the lengths do, and a word from a file may have a million.
    if (Math.abs(sought.length - name.length) > most) continue;
    const distance = editDistance(sought, name);
    if (distance < bestDistance && distance <= most) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== undefined) return best;
  const abbreviated = candidates.find((name) => initials(name) === word || initials(word) === name);
  if (abbreviated !== undefined || sought.length < shortestBeginning) return abbreviated;
  return candidates.find((candidate) => plain(candidate).startsWith(sought));
}

/** `lr` of `learningRate` or `learning_rate`; undefined of a single word. */
function initials(name: string): string | undefined {
  const words = name.split(/[_-]|(?=[A-Z])/);
  return words.length < 2 ? undefined : words.map((word) => word.charAt(0).toLowerCase()).join('');
}

/** Levenshtein's distance from `a` to `b`, where two neighbours that changed places count once (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  // row[j]: from the first i letters of a to the first j of b.
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replaced, row[j]! + 1, next[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, before[j - 2]! + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
