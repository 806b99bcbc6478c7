import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

// Draws what a terminal shows, for the README:
//   tmux capture-pane -e -p | node scripts/terminal-svg.js > docs/train.svg

/** Of a character, in pixels. */
const [width, height] = [9, 18];
const margin = 14;
const foreground = '#c9d1d9';
const background = '#0d1117';
const basic = ['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'];

/** @typedef {{ fg: string, bg: string, dim: boolean }} Style */
/** @typedef {{ text: string, column: number, style: Style }} Run */

/**
 * Characters with their colours. Only what gemmnet writes is understood: 16 and 16 million colours, dim, and all of it off.
 *
 * @param {string} line
 * @param {Style} style which goes on from the line before, and to the next
 * @returns {{ runs: Run[], style: Style }}
 */
function runsOf(line, style) {
  /** @type {Run[]} */
  const runs = [];
  let column = 0;
  let next = style;
  for (const [index, piece] of line.split('\x1b[').entries()) {
    // But for the first, each begins with the codes.
    const end = index === 0 ? 0 : piece.indexOf('m') + 1;
    if (end > 0) next = changed(next, piece.slice(0, end - 1));
    const text = piece.slice(end);
    if (text !== '') runs.push({ text, column, style: next });
    column += [...text].length;
  }
  return { runs, style: next };
}

/**
 * @param {Style} style
 * @param {string} codes
 * @returns {Style}
 */
function changed(style, codes) {
  const left = codes.split(';').map(Number);
  let next = style;
  while (left.length > 0) {
    const code = left.shift() ?? 0;
    const rgb = () => `rgb(${left.splice(0, 4).slice(1).join()})`;
    if (code === 0) next = { fg: '', bg: '', dim: false };
    else if (code === 2) next = { ...next, dim: true };
    else if (code >= 30 && code < 38) next = { ...next, fg: basic[code - 30] ?? '' };
    else if (code === 38) next = { ...next, fg: rgb() };
    else if (code === 39) next = { ...next, fg: '' };
    else if (code === 48) next = { ...next, bg: rgb() };
    else if (code === 49) next = { ...next, bg: '' };
  }
  return next;
}

/**
 * Braille patterns are drawn as dots, and half blocks as rectangles: fonts differ about them.
 *
 * @param {Run} run
 * @param {number} row
 */
function draw({ text, column, style }, row) {
  const fill = style.fg || foreground;
  const opacity = style.dim ? ' opacity="0.35"' : '';
  const y = row * height;
  let shapes = '';
  let letters = '';
  const places = [];
  for (const [i, character] of [...text].entries()) {
    const x = (column + i) * width;
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0x2800 && code < 0x2900) {
      shapes += dots(code - 0x2800, x, y);
    } else if (character === '▀') {
      shapes += `<path fill="${style.bg || background}" d="M${x} ${y + height / 2}h${width}v${height / 2}h-${width}z"/>`;
      shapes += `<path d="M${x} ${y}h${width}v${height / 2}h-${width}z"/>`;
    } else if (character !== ' ') {
      letters += character;
      places.push(x);
    }
  }
  if (letters !== '') shapes += `<text x="${places.join(' ')}" y="${y + 14}">${escaped(letters)}</text>`;
  return shapes === '' ? '' : `<g fill="${fill}"${opacity}>${shapes}</g>\n`;
}

/**
 * @param {number} pattern one bit a dot: 1, 2, 3 and 7 in the left column, from top to bottom, 4, 5, 6 and 8 in the right one
 * @param {number} x
 * @param {number} y
 */
function dots(pattern, x, y) {
  const bits = [0, 3, 1, 4, 2, 5, 6, 7];
  const path = bits
    .map((bit, i) =>
      pattern & (1 << bit)
        ? `M${x + 1 + (i % 2) * 4.5} ${y + 1.2 + Math.floor(i / 2) * 4.5}h2.6v2.6h-2.6z`
        : '',
    )
    .join('');
  return path === '' ? '' : `<path d="${path}"/>`;
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const lines = readFileSync(0, 'utf8').trimEnd().split('\n');
const columns = Math.max(...lines.map((line) => [...stripVTControlCharacters(line)].length));
/** @type {Style} */
let style = { fg: '', bg: '', dim: false };
let content = '';
for (const [row, line] of lines.entries()) {
  const parts = runsOf(line, style);
  content += parts.runs.map((run) => draw(run, row)).join('');
  style = parts.style;
}
const [outerWidth, outerHeight] = [columns * width + 2 * margin, lines.length * height + 2 * margin];
process.stdout.write(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${outerWidth} ${outerHeight}" width="${outerWidth}" ` +
    `height="${outerHeight}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">\n` +
    `<rect width="100%" height="100%" rx="8" fill="${background}"/>\n` +
    `<g transform="translate(${margin} ${margin})">\n${content}</g>\n</svg>\n`,
);
