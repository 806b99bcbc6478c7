import { stripVTControlCharacters } from 'node:util';

/**
 * What terminals show two columns wide: East Asian scripts and full-width forms (Unicode's East_Asian_Width W and F), and emoji.
 * `\uFE0F` asks for the picture of a character that is also text.
 */
const wide =
  /[\u1100-\u115F\u2329\u232A\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18DFF}\u{1AFF0}-\u{1B2FF}\u{1F200}-\u{1F2FF}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}|\uFE0F/u;
/** Marks, joiners and control characters: no column. */
const invisible = /^[\p{Mark}\p{Control}\p{Format}]*$/u;
/** What has a width to be looked up. */
const beyondAscii = /[^\x20-\x7E]/;

/** Escape sequences, CSI as for colours and OSC as for links, or text without any. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const pieces = /\x1B\[[0-?]*[ -/]*[@-~]|\x1B\][^\x07\x1B]*(?:\x07|\x1B\\)|[^\x1B]+|\x1B/g;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function graphemeWidth(grapheme: string): number {
  if (!beyondAscii.test(grapheme)) return grapheme.length;
  if (invisible.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}

/** How many columns of a terminal a line of text takes; escape sequences take none. */
export function displayWidth(line: string): number {
  const plain = stripVTControlCharacters(line);
  if (!beyondAscii.test(plain)) return plain.length;
  let width = 0;
  for (const { segment } of graphemes.segment(plain)) width += graphemeWidth(segment);
  return width;
}

/**
 * The line, or as much of its beginning as fits before an ellipsis. No character is cut in two, and every escape sequence stays, so that a
 * colour ends that was begun.
 * @param width columns
 */
export function truncate(line: string, width: number, ellipsis = '…'): string {
  if (displayWidth(line) <= width) return line;
  const room = width - displayWidth(ellipsis);
  if (room < 0) return '';
  let used = 0;
  let full = false;
  let kept = '';
  for (const [piece] of line.matchAll(pieces)) {
    if (piece.startsWith('\x1B')) {
      kept += piece;
      continue;
    }
    for (const { segment } of full ? [] : graphemes.segment(piece)) {
      used += graphemeWidth(segment);
      if (used > room) {
        full = true;
        kept += ellipsis;
        break;
      }
      kept += segment;
    }
  }
  return kept;
}

/** The line with spaces behind it, up to that many columns. */
export function padEnd(line: string, width: number): string {
  return line + ' '.repeat(Math.max(0, width - displayWidth(line)));
}

/** The line with spaces before it, up to that many columns. */
export function padStart(line: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(line))) + line;
}

/**
 * Breaks a text between words, into lines of at most that many columns; a word that is wider has a line of its own.
 * @param indent stands before each line but the first
 */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  // Spaces before the first word are its own, and 28 × 28 is one word.
  const [first = '', ...words] = text.trimEnd().split(/(?<=[^\s×]) +(?!×)/);
  let line = first;
  for (const word of words) {
    if (displayWidth(`${line} ${word}`) > width) {
      lines.push(line);
      line = indent + word;
    } else line += ` ${word}`;
  }
  return [...lines, line];
}

/** Blocks of lines beside each other, each `width` columns wide with `gap` columns between them. */
export function beside(blocks: readonly (readonly string[])[], width: number, gap: number): string[] {
  const rows = Math.max(0, ...blocks.map((block) => block.length));
  return Array.from({ length: rows }, (_, row) =>
    blocks
      .map((block) => padEnd(block[row] ?? '', width))
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}
