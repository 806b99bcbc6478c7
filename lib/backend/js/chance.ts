import type { FloatArray, JsOps } from './op.js';
import { type Draw, draw, drawnTogether, drawOf } from './philox.js';

/** α′ of SELU's units, the value −λα that they saturate at (Klambauer et al. 2017). */
const alpha = -1.7580993408473766;

/** The factor by which alpha dropout keeps the variance: (keep·(1 + α′²·(1 − keep)))^(−½). */
const alphaScale = (keep: number) => 1 / Math.sqrt(keep * (1 + alpha * alpha * (1 - keep)));

const words = new Uint32Array(drawnTogether);

// A NaN that is dropped is NaN: 0·NaN.
export const chance = {
  // y = x·mask/keep + β·y
  dropout({ x, y }, { keep, seed, stream, step, beta }) {
    scaleKept(x.data, y.data, keep, 1 / keep, beta, drawOf(seed, stream, step));
  },

  // y = a·(x·mask + α′·(1 − mask)) + b with b = −a·α′·(1 − keep)
  alpha_dropout({ x, y }, { keep, seed, stream, step }) {
    const [from, out] = [x.data, y.data];
    const n = out.length;
    const a = alphaScale(keep);
    const b = -a * alpha * (1 - keep);
    const dropped = b + a * alpha;
    const limit = threshold(keep);
    const where = drawOf(seed, stream, step);
    for (let first = 0; first < n; first += drawnTogether) {
      draw(where, first / drawnTogether, words);
      const count = Math.min(drawnTogether, n - first);
      for (let k = 0; k < count; k++) {
        const value = from[first + k]!;
        out[first + k] = words[k]! < limit ? value * a + b : value * 0 + dropped;
      }
    }
  },

  // dx = a·mask·dy + β·dx
  alpha_dropout_backward({ dy, dx }, { keep, seed, stream, step, beta }) {
    scaleKept(dy.data, dx.data, keep, alphaScale(keep), beta, drawOf(seed, stream, step));
  },
} satisfies Partial<JsOps>;

/** keep·2³²: an element is kept if its word is less. */
function threshold(keep: number): number {
  return Math.floor(keep * 2 ** 32 + 0.5);
}

/** out = scale·mask·from + beta·out */
function scaleKept(
  from: FloatArray,
  out: FloatArray,
  keep: number,
  scale: number,
  beta: number,
  where: Draw,
): void {
  const n = out.length;
  const limit = threshold(keep);
  for (let first = 0; first < n; first += drawnTogether) {
    draw(where, first / drawnTogether, words);
    const count = Math.min(drawnTogether, n - first);
    for (let k = 0; k < count; k++) {
      const value = from[first + k]! * (words[k]! < limit ? scale : 0);
      out[first + k] = beta === 0 ? value : value + beta * out[first + k]!;
    }
  }
}
