import { type Bin, binned, isDrawable } from '../bins.js';
import { type Axis, countAxis, valueAxis } from './axes.js';
import type { Canvas, TerminalStyle } from './canvas.js';
import { DotGrid, type Pen } from './dot-grid.js';
import { type Color, paint } from './paint.js';
import { displayWidth, padStart, truncate } from './text.js';

/** A curve: points that are joined, from left to right. */
export interface Curve {
  /** For the legend. */
  readonly name: string;
  /** As many as y. */
  readonly x: ArrayLike<number>;
  /** What is not finite is left out, and counted in the legend. */
  readonly y: ArrayLike<number>;
  readonly color?: Color;
}

export interface ChartOptions {
  readonly title: string;
  /** What x counts: `epoch`. */
  readonly xUnit: string;
  /** Lines of text, from 5 on: a title with the legend, the plot, an axis and its labels. */
  readonly rows: number;
  /** From where to where the axes go at least; default: all that there is. Beyond them, nothing is drawn. */
  readonly xRange?: readonly [low: number, high: number];
  readonly yRange?: readonly [low: number, high: number];
  /** `linear` in any case, or, as the default is, logarithmic where it has to be. */
  readonly yScale?: 'linear' | 'auto';
  /** Follows each number of the left axis: ` %`. */
  readonly yUnit?: string;
}

/**
 * Draws curves over a common x, in `rows` lines of at most `canvas.columns` columns. Where several points share a column of dots, the curve
 * is their mean, and that of a single curve lies on the range from the smallest to the largest. The left axis is logarithmic, and says so,
 * where the largest value is 15 times the smallest one or more.
 */
export function drawChart(curves: readonly Curve[], options: ChartOptions, canvas: Canvas): string[] {
  const { title, xUnit, yUnit = '', yScale = 'auto', rows } = options;
  const plotRows = Math.max(1, rows - 3);
  const [low, high] = options.xRange ?? extent(curves.flatMap(finiteX));
  const binsOf = (columns: number) =>
    curves.map(({ x, y }) => binned(x, y, low, high, columns * DotGrid.dotsPerColumn(canvas)));

  // The values depend on the width of the plot, which depends on the labels, and these on the values, if only a little.
  const roughly = binsOf(Math.max(1, canvas.columns - 8)).flatMap(means);
  const left = valueAxis(options.yRange ?? extent(roughly), Math.max(2, Math.ceil(plotRows / 2)), yScale);
  const labels = left.labels.map((label) => label + yUnit);
  const margin = Math.max(displayWidth(xUnit), ...labels.map(displayWidth)) + 2;
  const columns = Math.max(1, canvas.columns - margin);

  const bins = binsOf(columns);
  const pens = curves.map(({ color = 'foreground' }, i): Pen => ({ color, letter: '*o+x'[i % 4]! }));
  const grid = new DotGrid(columns, plotRows, canvas);
  const height = (value: number) => Math.round((1 - left.position(value)) * (grid.height - 1));
  // Without colours, a second curve is told apart by its gaps.
  const isDashed = (curve: number) => curve > 0 && canvas.colors === 0;
  const hasRange = bins.length === 1 && bins[0]!.some((bin) => bin !== undefined && bin.count > 1);
  if (hasRange) drawRange(grid, bins[0]!, height);
  for (const [i, each] of bins.entries()) drawLine(grid, each, height, pens[i]!, isDashed(i));

  const [vertical, tick] = canvas.unicode ? ['│', '┤'] : ['|', '+'];
  const labelled = new Map(left.ticks.map((value, i) => [grid.rowOf(height(value)), labels[i]!]));
  const plot = grid.lines().map((line, row) => {
    const label = labelled.get(row);
    return `${padStart(label ?? '', margin - 2)} ${label === undefined ? vertical : tick}${line}`;
  });
  const legend = hasRange
    ? [
        mark(canvas, pens[0]!, false, 'mean'),
        paint(`${canvas.unicode ? '░' : rangeLetter} range`, 'faint', canvas),
      ]
    : curves.map(({ name }, i) => mark(canvas, pens[i]!, isDashed(i), name));
  const lost = curves.reduce((sum, curve) => sum + curve.y.length - finiteX(curve).length, 0);
  const head = [
    left.isLog ? `${title} (log scale)` : title,
    ...legend,
    ...(lost > 0 ? [`${lost} not finite`] : []),
  ].join('  ');
  const bottom = countAxis(low, high, Math.max(1, Math.floor(columns / 7)));
  return [head, ...plot, ...bottomAxis(bottom, xUnit, margin, columns, canvas)].map((line) =>
    truncate(line.trimEnd(), canvas.columns, canvas.unicode ? '…' : ''),
  );
}

const rangeLetter = '.';

function drawRange(
  grid: DotGrid,
  bins: readonly (Bin | undefined)[],
  height: (value: number) => number,
): void {
  const pen: Pen = { color: 'faint', letter: rangeLetter, background: true };
  for (const [x, bin] of bins.entries()) {
    if (bin !== undefined && bin.count > 1) grid.column(x, height(bin.max), height(bin.min), pen);
  }
}

/** Dots, of which a dashed line has half. */
const dash = 3;

function drawLine(
  grid: DotGrid,
  bins: readonly (Bin | undefined)[],
  height: (value: number) => number,
  pen: Pen,
  dashed: boolean,
): void {
  let from: { readonly x: number; readonly mean: number } | undefined;
  for (const [x, bin] of bins.entries()) {
    if (bin === undefined) continue;
    const { x: start, mean } = from ?? { x: x - 1, mean: bin.mean };
    let last = height(mean);
    for (let at = start + 1; at <= x; at++) {
      const y = height(mean + ((bin.mean - mean) * (at - start)) / (x - start));
      if (!dashed || at % (2 * dash) < dash) grid.column(at, last + Math.sign(y - last), y, pen);
      last = y;
    }
    from = { x, mean: bin.mean };
  }
}

function mark(style: TerminalStyle, { color, letter }: Pen, dashed: boolean, name: string): string {
  const line = dashed ? '╌╌' : '──';
  return `${paint(style.unicode ? line : letter, color, style)} ${name}`;
}

function bottomAxis(
  axis: Axis,
  unit: string,
  margin: number,
  columns: number,
  style: TerminalStyle,
): string[] {
  const [corner, line, tick] = style.unicode ? ['└', '─', '┬'] : ['+', '-', '+'];
  const marks = new Array<string>(columns).fill(line);
  let labels = `${padStart(unit, margin - 2)}  `;
  for (const [i, value] of axis.ticks.entries()) {
    const column = Math.min(columns - 1, Math.floor(axis.position(value) * columns));
    const label = axis.labels[i]!;
    const start = margin + Math.min(column - Math.floor((label.length - 1) / 2), columns - label.length);
    // Where labels would touch, the later one is left out, and its mark.
    if (i > 0 && start <= labels.length) continue;
    marks[column] = tick;
    labels = labels.padEnd(start).slice(0, Math.max(start, margin - 1)) + label;
  }
  return [' '.repeat(margin - 1) + corner + marks.join(''), labels];
}

function means(bins: readonly (Bin | undefined)[]): number[] {
  return bins.flatMap((bin) => (bin === undefined ? [] : [bin.mean]));
}

/** Where there is a value. */
function finiteX({ x, y }: Curve): number[] {
  return Array.from(x).filter((_, i) => isDrawable(y[i]!));
}

/** The smallest and the largest; 0 and 1 of nothing. */
function extent(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [values[0]!, values[0]!],
  );
}
