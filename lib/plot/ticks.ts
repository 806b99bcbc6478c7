/** The steps that ticks may be apart, in each power of ten. */
const roundSteps = [1, 2, 5, 10] as const;

/** The smallest round number, 1, 2 or 5 times a power of ten, that is not below `step`. */
export function roundUp(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  // 0.3 / 0.1 is a little more than 3.
  return (roundSteps.find((round) => round * power >= step * (1 - 1e-9)) ?? 10) * power;
}

/**
 * Round values that enclose `low` … `high`, evenly spaced.
 * @param atMost how many there is room for, from 2 on
 * @param leastStep what they are apart at least: 1 for what is counted
 */
export function enclosingTicks(low: number, high: number, atMost: number, leastStep = 0): number[] {
  // Differences in the last digits alone are none that labels could tell.
  const span = high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high)) ? high - low : Math.abs(low) || 1;
  let step = roundUp(Math.max(span / Math.max(1, atMost - 1), leastStep));
  let [first, last] = [0, 0];
  for (;;) {
    first = Math.floor(low / step + 1e-9);
    last = Math.max(Math.ceil(high / step - 1e-9), first + 1);
    if (last - first < atMost || atMost <= 2) break;
    step = roundUp(step * 1.5);
  }
  return range(first, last).map((i) => multiple(i, step));
}

/** Round values within `low` … `high`, evenly spaced. */
export function innerTicks(low: number, high: number, atMost: number, leastStep = 0): number[] {
  if (!(high > low)) return [low];
  let step = roundUp(Math.max((high - low) / Math.max(1, atMost), leastStep));
  for (;;) {
    const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
    if (last - first < Math.max(1, atMost)) return range(first, last).map((i) => multiple(i, step));
    step = roundUp(step * 1.5);
  }
}

/** Powers of ten within `low` … `high`; where they are few also twice and five times these, where they are many every nth. */
export function logTicks(low: number, high: number, atMost: number): number[] {
  const powers = range(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high)));
  const ticksOf = (factors: readonly number[], every = 1) =>
    powers
      .filter((power) => power % every === 0)
      .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
      .filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
  for (const factors of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = ticksOf(factors);
    if (ticks.length <= atMost) return ticks;
  }
  let every = 2;
  while (ticksOf([1], every).length > atMost) every++;
  return ticksOf([1], every);
}

/** All with as many decimals as the finest needs; numbers that are large or small beyond reading as `2e-7`. */
export function tickLabels(ticks: readonly number[]): string[] {
  const largest = Math.max(...ticks.map(Math.abs));
  const decimals = Math.max(...ticks.map((tick) => decimalsOf(tick)));
  if (largest >= 1e6 || decimals > 5) return ticks.map((tick) => (tick === 0 ? '0' : shortest(tick)));
  return ticks.map((tick) => tick.toFixed(decimals));
}

function shortest(value: number): string {
  return Number(value.toPrecision(3)).toExponential().replace('e+', 'e');
}

function decimalsOf(value: number): number {
  for (let decimals = 0; decimals < 6; decimals++) {
    if (Math.abs(value - Number(value.toFixed(decimals))) <= 1e-9 * Math.abs(value)) return decimals;
  }
  return 6;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

/** i·step without the rounding that 3 · 0.1 has. */
function multiple(i: number, step: number): number {
  return Number((i * step).toPrecision(12));
}
