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
  const span = high > low ? high - low : Math.abs(low) || 1;
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

/** Powers of ten, of which every nth is taken where there are many, and where there are few also twice and five times these. */
export function logTicks(low: number, high: number, atMost: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const within = (values: number[]) =>
    values.filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
  for (const factors of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = within(
      range(first, last).flatMap((power) => factors.map((factor) => decimal(factor, power))),
    );
    if (ticks.length <= atMost) return ticks;
  }
  const every = Math.ceil((last - first) / Math.max(1, atMost - 1));
  return within(
    range(first, last)
      .filter((power) => power % every === 0)
      .map((power) => decimal(1, power)),
  );
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

function decimal(factor: number, power: number): number {
  return Number(`${factor}e${power}`);
}
