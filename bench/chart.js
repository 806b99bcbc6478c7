import { formatSeconds, isInBytes } from './units.js';

/** @typedef {import('./measure.js').Result} Result */
/** @typedef {import('./measure.js').Timing} Timing */

const width = 960;
const labelWidth = 260;
const valueWidth = 110;
const barHeight = 14;
const titleHeight = 30;
const margin = 16;

/** By the beginning of the contender's name. @type {readonly (readonly [string, string])[]} */
const colours = [
  ['native', '#1b7f4d'],
  ['js', '#7fbf9a'],
  ['numpy', '#4c78a8'],
  ['torch', '#e45756'],
  ['tfjs', '#f58518'],
  ['jax', '#b279a2'],
  ['onnx', '#54a2ab'],
];
const otherColour = '#999999';

/**
 * Bars of all that was timed, case by case, on a logarithmic scale of its own each; a line from p25 to p75 on every bar.
 *
 * @param {readonly Result[]} results
 * @param {{ machine: import('./machine.js').Machine, date: string }} origin
 */
export function chart(results, { machine, date }) {
  const timed = results.filter(
    ({ case: one, timings }) => one.kind !== 'gemm' && !isInBytes(one) && timings.length > 0,
  );
  const title = `gemmnet on ${machine.cpu}, ${machine.cores} cores, ${date.slice(0, 10)}`;
  const parts = [text(margin, 2 * margin, title, 'title')];
  let y = 2 * margin;
  for (const { case: one, timings } of timed) {
    y += titleHeight;
    parts.push(text(margin, y - 8, `${one.id}: ${one.title}`, 'case'));
    for (const timing of [...timings].sort((a, b) => a.median - b.median)) {
      parts.push(bar(timing, y, scaleOf(timings)));
      y += barHeight + 2;
    }
  }
  const height = y + margin;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<style>text { font: 11px sans-serif } .title { font-size: 14px } .case { font-weight: bold } .label { text-anchor: end }</style>
<rect width="100%" height="100%" fill="white"/>
${parts.join('\n')}
</svg>
`;
}

/**
 * From a third of the fastest to the slowest.
 *
 * @param {readonly Timing[]} timings
 */
function scaleOf(timings) {
  const least = Math.log(Math.min(...timings.map(({ p25 }) => p25)) / 3);
  const most = Math.log(Math.max(...timings.map(({ p75 }) => p75)));
  const room = width - labelWidth - valueWidth - margin;
  return (/** @type {number} */ value) => (room * (Math.log(value) - least)) / (most - least);
}

/**
 * @param {Timing} timing
 * @param {number} y
 * @param {(value: number) => number} scale
 */
function bar({ contender, median, p25, p75 }, y, scale) {
  const colour = colours.find(([start]) => contender.startsWith(start))?.[1] ?? otherColour;
  const baseline = y + barHeight - 3;
  const middle = y + barHeight / 2;
  const at = (/** @type {number} */ value) => (labelWidth + scale(value)).toFixed(1);
  return [
    text(labelWidth - 6, baseline, contender, 'label'),
    `<rect x="${labelWidth}" y="${y}" width="${scale(median).toFixed(1)}" height="${barHeight}" fill="${colour}"/>`,
    `<path d="M${at(p25)} ${middle}H${at(p75)}" stroke="black"/>`,
    text(labelWidth + scale(p75) + 6, baseline, formatSeconds(median), 'value'),
  ].join('');
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} content
 * @param {string} style
 */
function text(x, y, content, style) {
  const escaped = content.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" class="${style}">${escaped}</text>`;
}
