/** @typedef {import('./measure.js').Timing} Timing */

/**
 * One case as a row of a Markdown table: medians in µs with quartiles, and how many times faster the best native contender is than
 * the best NumPy.
 *
 * @param {string} name
 * @param {readonly Timing[]} timings
 * @param {readonly string[]} columns Names of contenders.
 */
export function tableRow(name, timings, columns) {
  const cells = columns.map((column) => {
    const timing = timings.find(({ contender }) => contender === column);
    return timing === undefined ? '–' : formatTiming(timing);
  });
  const native = best(timings, 'native');
  const numpy = best(timings, 'numpy');
  const ratio = native === undefined || numpy === undefined ? '–' : `${(numpy / native).toFixed(2)}×`;
  return `| ${[name, ...cells, ratio].join(' | ')} |`;
}

/** @param {readonly string[]} columns Names of contenders. */
export function tableHead(columns) {
  const head = ['step', ...columns, 'best numpy / best native'];
  return `| ${head.join(' | ')} |\n|${head.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`;
}

/** @param {Timing} timing */
function formatTiming({ p25, median, p75 }) {
  const digits = median < 100 ? 1 : 0;
  return `${median.toFixed(digits)} (${p25.toFixed(digits)}–${p75.toFixed(digits)})`;
}

/**
 * @param {readonly Timing[]} timings
 * @param {string} prefix
 */
function best(timings, prefix) {
  const medians = timings.filter(({ contender }) => contender.startsWith(prefix)).map(({ median }) => median);
  return medians.length === 0 ? undefined : Math.min(...medians);
}
