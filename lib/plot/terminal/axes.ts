import { enclosingTicks, innerTicks, logTicks, tickLabels } from '../ticks.js';

/** An axis of a plot. */
export interface Axis {
  readonly ticks: readonly number[];
  /** As many as ticks. */
  readonly labels: readonly string[];
  readonly isLog: boolean;
  /** Where a value lies: 0 where the axis begins, 1 where it ends. */
  position(value: number): number;
}

/** From this ratio of the largest value to the smallest on, nothing would be seen of the small ones. */
const logRatio = 15;

/**
 * An axis for values `low` … `high`, with at most so many ticks: from a round number to another, or, with the scale `auto`, logarithmic
 * where it has to be.
 */
export function valueAxis(
  [low, high]: readonly [number, number],
  atMost: number,
  scale: 'linear' | 'auto',
): Axis {
  if (scale === 'auto' && low > 0 && high / low >= logRatio) {
    const [from, to] = [Math.log10(low), Math.log10(high)];
    const ticks = logTicks(low, high, atMost);
    return {
      ticks,
      // Each for itself: with the decimals of the smallest, the large ones would be hard to read.
      labels: ticks.flatMap((tick) => tickLabels([tick])),
      isLog: true,
      position: (value) => (value > 0 ? (Math.log10(value) - from) / (to - from) : Number.NEGATIVE_INFINITY),
    };
  }
  const ticks = enclosingTicks(low, high, atMost);
  return { ...linear(ticks[0]!, ticks.at(-1)!), ticks, labels: tickLabels(ticks) };
}

/** An axis of what is counted, as steps are, from `low` to `high`. */
export function countAxis(low: number, high: number, atMost: number): Axis {
  const ticks = innerTicks(low, high, atMost, high - low >= 2 ? 1 : 0);
  return { ...linear(low, high), ticks, labels: tickLabels(ticks) };
}

function linear(from: number, to: number): Pick<Axis, 'isLog' | 'position'> {
  return { isLog: false, position: (value) => (to > from ? (value - from) / (to - from) : 0.5) };
}
