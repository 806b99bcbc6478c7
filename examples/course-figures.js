/**
 * The courses' printed figures beside those of this run.
 *
 * @typedef {object} Figure
 * @property {string} name
 * @property {number} course What the course prints, or its reference solution computes.
 * @property {number} here What gemmnet computed just now.
 * @property {number} tolerance The largest difference that counts as agreement; `relative` where it is one.
 * @property {boolean} [relative]
 */

/**
 * A figure that has to agree to the last digits: the relative difference is at most 1e-9.
 *
 * @param {string} name
 * @param {number} course
 * @param {number} here
 * @returns {Figure}
 */
export function exact(name, course, here) {
  return { name, course, here, tolerance: 1e-9, relative: true };
}

/**
 * An accuracy on real data, which moves a little with the random numbers.
 *
 * @param {string} name
 * @param {number} course
 * @param {number} here
 * @param {number} band
 * @returns {Figure}
 */
export function within(name, course, here, band) {
  return { name, course, here, tolerance: band };
}

/**
 * Prints the figures as a table; a figure that is off turns the exit code to 1.
 *
 * @param {string} title
 * @param {readonly Figure[]} figures
 * @param {{ judge?: boolean }} [options] `judge: false` prints them without a verdict, for a run that was cut short
 */
export function printFigures(title, figures, { judge = true } = {}) {
  const rows = figures.map((figure) => {
    const { name, course, here, tolerance, relative } = figure;
    const difference = Math.abs(here - course) / (relative ? Math.abs(course) : 1);
    const agrees = difference <= tolerance;
    if (judge && !agrees) process.exitCode = 1;
    const allowed = `${relative ? 'relative' : '±'} ${tolerance}`;
    const shown = relative ? String(here) : tolerance < 1e-3 ? here.toExponential(1) : here.toFixed(4);
    return [name, String(course), shown, allowed, judge ? (agrees ? 'ok' : 'OFF') : ''];
  });
  const table = [['', 'course', 'here', 'tolerance', ''], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const row of table) {
    console.log(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}`,
    );
  }
}
