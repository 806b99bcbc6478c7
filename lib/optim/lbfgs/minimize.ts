import { strongWolfe } from './strong-wolfe.js';
import { Vectors } from './vectors.js';

/** A differentiable function of the numbers that lie at `point`. */
export interface Objective {
  /** What is written here is rounded, and read again. */
  readonly point: Float32Array | Float64Array;
  readonly gradient: Float32Array | Float64Array;
  /** The value at the point; leaves the gradient there. */
  evaluate(): number | Promise<number>;
}

export interface MinimizeLimits {
  readonly maxIterations: number;
  readonly maxEvaluations: number;
  readonly historySize: number;
  readonly gradientTolerance: number;
  readonly lossTolerance: number;
}

/**
 * Why a minimization ended: the gradient is within its tolerance; the last iteration lowered the loss by less than its tolerance; no
 * step lowers it any more (as exact as the dtype allows); or one of the two limits was reached.
 */
export type MinimizeEnd = 'gradient' | 'loss' | 'precision' | 'maxIterations' | 'maxEvaluations';

export interface MinimizeResult {
  readonly loss: number;
  /** max |g|. */
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly reason: MinimizeEnd;
}

/** After an iteration. */
export interface MinimizeProgress {
  readonly iteration: number;
  readonly evaluations: number;
  readonly loss: number;
  /** max |g|. */
  readonly gradientNorm: number;
}

/** The steps and the changes of the gradient of the last iterations: what the inverse Hessian is made of. */
export interface Curvature {
  readonly s: Float64Array;
  readonly y: Float64Array;
  /** 1 / sᵀy. */
  readonly rho: number;
}

/** Thrown where no finite loss is to be had: at the start, or of all steps of a search. The point is the last one whose loss was finite. */
export class NotFinite {
  /** That of the start. */
  readonly loss: number | undefined;
  /** Iterations done. */
  readonly iterations: number;

  constructor(loss: number | undefined, iterations: number) {
    this.loss = loss;
    this.iterations = iterations;
  }
}

/**
 * L-BFGS: steps along −H·g, where H approximates the inverse Hessian from the last `historySize` steps (Nocedal & Wright 2006, algorithms
 * 7.4 and 7.5; Liu & Nocedal 1989), each of a length that satisfies the strong Wolfe conditions. Leaves the lowest point, and its
 * gradient, in the objective; so too where it throws.
 * @param history pairs of earlier calls; filled
 * @param onIteration may throw, to stop
 * @throws NotFinite
 */
export async function minimize(
  objective: Objective,
  limits: MinimizeLimits,
  history: Curvature[],
  onIteration: (progress: MinimizeProgress) => void | Promise<void>,
): Promise<MinimizeResult> {
  const { point, gradient } = objective;
  const vectors = new Vectors();
  const x = Float64Array.from(point);
  const g = new Float64Array(x.length);
  const direction = new Float64Array(x.length);
  let [evaluations, iterations] = [0, 0];

  const evaluate = async (): Promise<number> => {
    evaluations++;
    return await objective.evaluate();
  };
  let loss = await evaluate();
  g.set(gradient);
  let gradientNorm = await vectors.largest(g);
  if (!Number.isFinite(loss + gradientNorm)) throw new NotFinite(loss, 0);
  const ended = (reason: MinimizeEnd): MinimizeResult => ({
    loss,
    gradientNorm,
    iterations,
    evaluations,
    reason,
  });

  try {
    for (;;) {
      if (gradientNorm <= limits.gradientTolerance) return ended('gradient');
      if (iterations >= limits.maxIterations) return ended('maxIterations');
      if (evaluations >= limits.maxEvaluations) return ended('maxEvaluations');
      await inverseHessianTimes(vectors, g, history, direction);
      await vectors.scale(direction, -1);
      let slope = await vectors.dot(g, direction);
      // Rounding can spoil what was learnt of the curvature; the gradient itself cannot lead uphill.
      if (!(slope < 0)) {
        history.length = 0;
        direction.set(g);
        await vectors.scale(direction, -1);
        slope = await vectors.dot(g, direction);
      }
      const first = history.length > 0 ? 1 : Math.min(1, 1 / Math.sqrt(-slope));
      let last = 0;
      const tryStep = async (step: number) => {
        for (let i = 0; i < x.length; i++) point[i] = x[i]! + step * direction[i]!;
        last = step;
        const value = await evaluate();
        return {
          step,
          value,
          slope: Number.isFinite(value) ? await slopeAlong(vectors, gradient, direction) : Number.NaN,
        };
      };
      const { lowest, finite } = await strongWolfe(tryStep, { step: 0, value: loss, slope }, first);
      if (lowest === undefined) {
        if (history.length > 0) {
          // Once more along the gradient.
          history.length = 0;
          continue;
        }
        if (!finite) throw new NotFinite(undefined, iterations);
        return ended('precision');
      }
      if (last !== lowest.step) await tryStep(lowest.step);
      const s = Float64Array.from(point);
      const y = Float64Array.from(gradient);
      for (let i = 0; i < x.length; i++) {
        s[i]! -= x[i]!;
        y[i]! -= g[i]!;
      }
      x.set(point);
      g.set(gradient);
      const before = loss;
      loss = lowest.value;
      gradientNorm = await vectors.largest(g);
      iterations++;
      await remember(vectors, history, s, y, limits.historySize);
      await onIteration({ iteration: iterations, evaluations, loss, gradientNorm });
      const change = (before - loss) / Math.max(Math.abs(before), Math.abs(loss), 1);
      if (change <= limits.lossTolerance && gradientNorm > limits.gradientTolerance) return ended('loss');
    }
  } finally {
    point.set(x);
    gradient.set(g);
  }
}

/** Keeps a pair, unless the curvature along it is not positive; the newest last. */
async function remember(
  vectors: Vectors,
  history: Curvature[],
  s: Float64Array,
  y: Float64Array,
  size: number,
): Promise<void> {
  const sy = await vectors.dot(s, y);
  const yy = await vectors.dot(y, y);
  if (!(sy > Number.EPSILON * yy)) return;
  if (history.length >= size) history.shift();
  history.push({ s, y, rho: 1 / sy });
}

/** H·g, in two loops over the pairs. */
async function inverseHessianTimes(
  vectors: Vectors,
  g: Float64Array,
  history: readonly Curvature[],
  result: Float64Array,
): Promise<void> {
  result.set(g);
  const alphas: number[] = [];
  for (const { s, y, rho } of history.toReversed()) {
    const alpha = rho * (await vectors.dot(s, result));
    alphas.push(alpha);
    await vectors.add(result, -alpha, y);
  }
  const newest = history.at(-1);
  if (newest !== undefined) {
    await vectors.scale(result, 1 / (newest.rho * (await vectors.dot(newest.y, newest.y))));
  }
  for (const { s, y, rho } of history) {
    const beta = rho * (await vectors.dot(y, result));
    await vectors.add(result, alphas.pop()! - beta, s);
  }
}

function slopeAlong(
  vectors: Vectors,
  gradient: Float32Array | Float64Array,
  direction: Float64Array,
): Promise<number> {
  return vectors.dot(gradient instanceof Float64Array ? gradient : Float64Array.from(gradient), direction);
}
