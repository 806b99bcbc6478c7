import { normalBelow, normalDensity } from './normal.js';
import type { FloatArray, JsOps } from './op.js';

// `n`: see elementwise.ts. A NaN passes: Math.max and Math.min pass it on, and a comparison with it is false.

/** x·gate, and 0 where the gate is shut though x be infinite. */
function gated(x: number, gate: number): number {
  return gate === 0 ? 0 : x * gate;
}

function sigmoidOf(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

// The scale and α of selu, with which mean 0 and variance 1 are a fixed point.
const seluScale = 1.0507009873554805;
const seluBelow = seluScale * 1.6732632423543772;

// 2u of gelu_tanh, u = √(2/π)·(x + 0.044715·x³), and its derivative.
const geluSlope = 2 * Math.sqrt(2 / Math.PI);
const twiceU = (x: number) => geluSlope * (x + 0.044715 * x ** 3);
const twiceUSlope = (x: number) => geluSlope * (1 + 3 * 0.044715 * x ** 2);

export const activations = {
  // max(0, x)
  relu({ x, y }) {
    const [from, out] = [x.data, y.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = Math.max(0, from[i]!);
  },

  // dy where y > 0
  relu_backward({ dy, y, dx }) {
    const [d, at, out] = [dy.data, y.data, dx.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = at[i]! <= 0 ? 0 : d[i]!;
  },

  // 1 / (1 + e⁻ˣ): for x → −∞ the exponential is infinite and the result 0, as it should be
  sigmoid({ x, y }) {
    const [from, out] = [x.data, y.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = 1 / (1 + Math.exp(-from[i]!));
  },

  // σ′ = σ·(1 − σ)
  sigmoid_backward({ dy, y, dx }) {
    const [d, at, out] = [dy.data, y.data, dx.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = d[i]! * at[i]! * (1 - at[i]!);
  },

  tanh({ x, y }) {
    const [from, out] = [x.data, y.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = Math.tanh(from[i]!);
  },

  // tanh′ = 1 − tanh²
  tanh_backward({ dy, y, dx }) {
    const [d, at, out] = [dy.data, y.data, dx.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = d[i]! * (1 - at[i]! ** 2);
  },

  // x where x > 0, else slope·x
  leaky_relu({ x, y }, { negativeSlope }) {
    const [from, out] = [x.data, y.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = from[i]! <= 0 ? negativeSlope * from[i]! : from[i]!;
  },

  leaky_relu_backward({ dy, x, dx }, { negativeSlope }) {
    const [d, at, out] = [dy.data, x.data, dx.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = at[i]! <= 0 ? negativeSlope * d[i]! : d[i]!;
  },

  // x where x > 0, else α·(eˣ − 1)
  elu({ x, y }, { alpha }) {
    const [from, out] = [x.data, y.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = from[i]! <= 0 ? alpha * Math.expm1(from[i]!) : from[i]!;
  },

  // Where x ≤ 0, α·eˣ is y + α.
  elu_backward({ dy, y, dx }, { alpha }) {
    const [d, at, out] = [dy.data, y.data, dx.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = at[i]! > 0 ? d[i]! : d[i]! * (at[i]! + alpha);
  },

  selu({ x, y }) {
    const [from, out] = [x.data, y.data];
    const n = out.length;
    for (let i = 0; i < n; i++)
      out[i] = from[i]! <= 0 ? seluBelow * Math.expm1(from[i]!) : seluScale * from[i]!;
  },

  selu_backward({ dy, y, dx }) {
    const [d, at, out] = [dy.data, y.data, dx.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = d[i]! * (at[i]! > 0 ? seluScale : at[i]! + seluBelow);
  },

  // log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|), which overflows nowhere
  softplus({ x, y }) {
    const [from, out] = [x.data, y.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = Math.max(from[i]!, 0) + Math.log1p(Math.exp(-Math.abs(from[i]!)));
  },

  // σ(x) = 1 − e⁻ʸ
  softplus_backward({ dy, y, dx }) {
    const [d, at, out] = [dy.data, y.data, dx.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = -d[i]! * Math.expm1(-at[i]!);
  },

  // x / 6 + ½, held between 0 and 1
  hardsigmoid({ x, y }) {
    const [from, out] = [x.data, y.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = Math.min(Math.max(from[i]! + 3, 0), 6) / 6;
  },

  hardsigmoid_backward({ dy, y, dx }) {
    const [d, at, out] = [dy.data, y.data, dx.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = at[i]! <= 0 || at[i]! >= 1 ? 0 : d[i]! / 6;
  },

  // x·Φ(x)
  gelu({ x, y }) {
    const [from, out] = [x.data, y.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = gated(from[i]!, normalBelow(from[i]!));
  },

  // Φ(x) + x·φ(x)
  gelu_backward({ dy, x, dx }) {
    const [d, at, out] = [dy.data, x.data, dx.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = d[i]! * (normalBelow(at[i]!) + gated(at[i]!, normalDensity(at[i]!)));
  },

  // The same with ½·(1 + tanh u) = σ(2u) for Φ(x)
  gelu_tanh({ x, y }) {
    const [from, out] = [x.data, y.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = gated(from[i]!, sigmoidOf(twiceU(from[i]!)));
  },

  gelu_tanh_backward({ dy, x, dx }) {
    const [d, at, out] = [dy.data, x.data, dx.data];
    const n = out.length;
    for (let i = 0; i < n; i++) {
      const s = sigmoidOf(twiceU(at[i]!));
      out[i] = d[i]! * (s + gated(at[i]! * twiceUSlope(at[i]!), s * (1 - s)));
    }
  },

  // x·σ(x)
  silu({ x, y }) {
    const [from, out] = [x.data, y.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = gated(from[i]!, sigmoidOf(from[i]!));
  },

  // σ + x·σ·(1 − σ)
  silu_backward({ dy, x, dx }) {
    const [d, at, out] = [dy.data, x.data, dx.data];
    const n = out.length;
    for (let i = 0; i < n; i++) {
      const s = sigmoidOf(at[i]!);
      out[i] = d[i]! * (s + gated(at[i]!, s * (1 - s)));
    }
  },

  // x·tanh(softplus(x)). With u = eˣ and w = u·(u + 2), tanh(log(1 + u)) = w / (w + 2): 1 long before u overflows.
  mish({ x, y }) {
    const [from, out] = [x.data, y.data];
    const n = out.length;
    for (let i = 0; i < n; i++) {
      const u = Math.exp(Math.min(from[i]!, 40));
      const w = u * (u + 2);
      out[i] = gated(from[i]!, w / (w + 2));
    }
  },

  // w / (w + 2) + x·4u·(1 + u) / (w + 2)²
  mish_backward({ dy, x, dx }) {
    const [d, at, out] = [dy.data, x.data, dx.data];
    const n = out.length;
    for (let i = 0; i < n; i++) {
      const held = Math.min(at[i]!, 40);
      const u = Math.exp(held);
      const w = u * (u + 2);
      out[i] = (d[i]! * (w + gated(held, (4 * u * (1 + u)) / (w + 2)))) / (w + 2);
    }
  },

  // x where x > 0, else slope·x, with a slope for each column
  prelu({ x, slope, y }) {
    preluRows(x.data, x.data, slope.data, y.data);
  },

  prelu_backward({ dy, x, slope, dx }) {
    preluRows(dy.data, x.data, slope.data, dx.data);
  },
} satisfies Partial<JsOps>;

/** to = v where x > 0, else slope·v: forward v is x, backward it is dy. */
function preluRows(v: FloatArray, x: FloatArray, slope: FloatArray, to: FloatArray): void {
  const cols = slope.length;
  for (let first = 0; first < to.length; first += cols) {
    for (let j = 0; j < cols; j++) {
      const i = first + j;
      to[i] = x[i]! <= 0 ? slope[j]! * v[i]! : v[i]!;
    }
  }
}
