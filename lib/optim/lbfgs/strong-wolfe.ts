/** A place on the line: the length of the step, the value there, and its slope along the line. */
export interface LinePoint {
  readonly step: number;
  readonly value: number;
  readonly slope: number;
}

export interface LineSearch {
  /** Where the search stands; `lowest` is undefined where no step lowers the value enough, or no value is finite. */
  readonly lowest: LinePoint | undefined;
  /** Whether any value was finite. */
  readonly finite: boolean;
}

/** Sufficient decrease and curvature, as SciPy and PyTorch have them for quasi-Newton directions. */
const c1 = 1e-4;
const c2 = 0.9;
/** Steps that are tried in one search. */
const mostTries = 25;

/**
 * A step that satisfies the strong Wolfe conditions: value ≤ start + c₁·step·slope₀ and |slope| ≤ c₂·|slope₀| (Nocedal & Wright,
 * Numerical Optimization, 2006, algorithms 3.5 and 3.6, with cubic interpolation). Where the tries run out, the lowest step that satisfies
 * the first. A value that is not finite counts as one that is too high.
 * @param evaluate value and slope at a step
 * @param start those at step 0; its slope is negative
 * @param first the step to begin with
 */
export async function strongWolfe(
  evaluate: (step: number) => Promise<LinePoint>,
  start: LinePoint,
  first: number,
): Promise<LineSearch> {
  let finite = false;
  let tries = 0;
  const at = async (step: number): Promise<LinePoint> => {
    tries++;
    const point = await evaluate(step);
    if (Number.isFinite(point.value) && Number.isFinite(point.slope)) {
      finite = true;
      return point;
    }
    return { step, value: Number.POSITIVE_INFINITY, slope: Number.POSITIVE_INFINITY };
  };
  const isTooHigh = ({ step, value }: LinePoint) => value > start.value + c1 * step * start.slope;
  const isFlat = ({ slope }: LinePoint) => Math.abs(slope) <= -c2 * start.slope;
  const ended = (lowest: LinePoint): LineSearch => ({
    lowest: lowest.step > 0 ? lowest : undefined,
    finite,
  });

  // Out to where a step is known to lie between two.
  let before = start;
  let point = await at(first);
  let low: LinePoint;
  let high: LinePoint;
  for (;;) {
    if (isTooHigh(point) || (before.step > 0 && point.value >= before.value)) {
      [low, high] = [before, point];
      break;
    }
    if (isFlat(point)) return ended(point);
    if (point.slope >= 0) {
      [low, high] = [point, before];
      break;
    }
    if (tries === mostTries) return ended(point);
    const { step } = point;
    const [least, most] = [step + 0.01 * (step - before.step), 10 * step];
    const next = Math.min(most, Math.max(least, cubicMinimum(before, point)));
    before = point;
    point = await at(Number.isNaN(next) ? most : next);
  }
  // In between, with `low` the lowest that is low enough.
  while (tries < mostTries) {
    const width = high.step - low.step;
    const step = between(low, high);
    // No number lies between the two any more.
    if (step === low.step || step === high.step || Math.abs(width) <= 1e-16 * Math.abs(high.step)) break;
    const middle = await at(step);
    if (isTooHigh(middle) || middle.value >= low.value) {
      high = middle;
      continue;
    }
    if (isFlat(middle)) return ended(middle);
    if (middle.slope * width >= 0) high = low;
    low = middle;
  }
  return ended(low);
}

/** Where the cubic through both has its minimum, away from the ends. Next to a value that is not finite: a tenth of the way. */
function between(low: LinePoint, high: LinePoint): number {
  const width = high.step - low.step;
  if (!Number.isFinite(high.value)) return low.step + 0.1 * width;
  const share = (cubicMinimum(low, high) - low.step) / width;
  return low.step + width * (Number.isNaN(share) ? 0.5 : Math.min(0.9, Math.max(0.1, share)));
}

/** Nocedal & Wright, formula 3.59; NaN where the cubic has none. */
function cubicMinimum(a: LinePoint, b: LinePoint): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.step - b.step);
  const root = Math.sqrt(d1 * d1 - a.slope * b.slope) * Math.sign(b.step - a.step);
  return b.step - (b.step - a.step) * ((b.slope + root - d1) / (b.slope - a.slope + 2 * root));
}
