/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 * @param {number} [texts] How many of the first columns are text.
 */
export function markdownTable(head, rows, texts = 1) {
  if (rows.length === 0) return '';
  const rule = `|${head.map((_, i) => (i < texts ? '---' : '---:')).join('|')}|`;
  return [head, ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .toSpliced(1, 0, rule)
    .join('\n');
}
