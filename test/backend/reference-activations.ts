import { fill, type Grid, type ReferenceOp, sum } from './reference-grids.js';

/**
 * erfc by its two textbook series, whatever their length: that of erf near 0 (Abramowitz and Stegun 7.1.6), and the continued fraction
 * in the tail (7.1.14).
 */
function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < 0) return 2 - erfc(-x);
  if (x > 28) return 0;
  if (x < 2) {
    let term = x;
    let total = x;
    for (let n = 1; n < 60; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      total += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
  }
  let fraction = x;
  for (let n = 200; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}

const below = (x: number) => erfc(-x / Math.SQRT2) / 2;
const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
export const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const geluU = (x: number) => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

/** x·gate in the limit: a gate that is shut is stronger than any x. */
const gated = (x: number, gate: number) => (gate === 0 ? 0 : x * gate);

const selu = { scale: 1.0507009873554805, alpha: 1.6732632423543772 };

type Forward = (x: number) => number;
type Derivative = (at: number) => number;

/** y = f(x). */
const forward =
  (f: Forward): ReferenceOp =>
  ({ x, y }) =>
    fill(y, (i, j) => f(x[i]![j]!));

/** dx = dy·f′, of x. */
const byInput =
  (f: Derivative): ReferenceOp =>
  ({ dy, x, dx }) =>
    fill(dx, (i, j) => dy[i]![j]! * f(x[i]![j]!));

/** dx = dy·f′, of y. */
const byOutput =
  (f: Derivative): ReferenceOp =>
  ({ dy, y, dx }) =>
    fill(dx, (i, j) => dy[i]![j]! * f(y[i]![j]!));

/** dx = f(dy, x or y), where it is no product. */
const gate = (dy: Grid, dx: Grid, at: Grid, f: (dy: number, at: number) => number) =>
  fill(dx, (i, j) => f(dy[i]![j]!, at[i]![j]!));

const eluBelow = (scale: number, x: number) => scale * (Math.exp(x) - 1);

export const referenceActivations = {
  relu: forward((x) => (x <= 0 ? 0 : x)),
  relu_backward: ({ dy, y, dx }) => gate(dy, dx, y, (d, at) => (at <= 0 ? 0 : d)),
  sigmoid: forward(sigmoid),
  sigmoid_backward: byOutput((y) => y * (1 - y)),
  tanh: forward(Math.tanh),
  tanh_backward: byOutput((y) => 1 - y * y),

  leaky_relu: ({ x, y }, { negativeSlope }) =>
    fill(y, (i, j) => (x[i]![j]! <= 0 ? negativeSlope * x[i]![j]! : x[i]![j]!)),
  leaky_relu_backward: ({ dy, x, dx }, { negativeSlope }) =>
    gate(dy, dx, x, (d, at) => (at <= 0 ? negativeSlope * d : d)),
  elu: ({ x, y }, { alpha }) => fill(y, (i, j) => (x[i]![j]! <= 0 ? eluBelow(alpha, x[i]![j]!) : x[i]![j]!)),
  elu_backward: ({ dy, y, dx }, { alpha }) => gate(dy, dx, y, (d, at) => d * (at > 0 ? 1 : at + alpha)),
  selu: forward((x) => (x <= 0 ? eluBelow(selu.scale * selu.alpha, x) : selu.scale * x)),
  selu_backward: byOutput((y) => (y > 0 ? selu.scale : y + selu.scale * selu.alpha)),
  softplus: forward(softplus),
  softplus_backward: byOutput((y) => 1 - Math.exp(-y)),
  hardsigmoid: forward((x) => (x <= -3 ? 0 : x >= 3 ? 1 : x / 6 + 0.5)),
  hardsigmoid_backward: ({ dy, y, dx }) => gate(dy, dx, y, (d, at) => (at <= 0 || at >= 1 ? 0 : d / 6)),
  gelu: forward((x) => gated(x, below(x))),
  gelu_backward: byInput((x) => below(x) + gated(x, density(x))),
  gelu_tanh: forward((x) => gated(x, (1 + Math.tanh(geluU(x))) / 2)),
  gelu_tanh_backward: byInput((x) => {
    const t = Math.tanh(geluU(x));
    const slope = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
    return (1 + t) / 2 + gated((x * slope) / 2, 1 - t * t);
  }),
  silu: forward((x) => gated(x, sigmoid(x))),
  silu_backward: byInput((x) => sigmoid(x) + gated(x, sigmoid(x) * (1 - sigmoid(x)))),
  mish: forward((x) => gated(x, Math.tanh(softplus(x)))),
  mish_backward: byInput((x) => {
    const t = Math.tanh(softplus(x));
    return t + gated(x, (1 - t * t) * sigmoid(x));
  }),

  log_softmax({ x, y }) {
    const logs = x.map((row) => {
      const max = Math.max(...row);
      const logSum = Math.log(sum(row.length, (p) => Math.exp(row[p]! - max)));
      return row.map((value) => value - max - logSum);
    });
    fill(y, (i, j) => logs[i]![j]!);
  },
  log_softmax_backward: ({ dy, y, dx }) =>
    fill(dx, (i, j) => dy[i]![j]! - Math.exp(y[i]![j]!) * sum(dy[i]!.length, (p) => dy[i]![p]!)),

  prelu: ({ x, slope, y }) => fill(y, (i, j) => (x[i]![j]! <= 0 ? slope[0]![j]! * x[i]![j]! : x[i]![j]!)),
  prelu_backward: ({ dy, x, slope, dx }) =>
    fill(dx, (i, j) => (x[i]![j]! <= 0 ? slope[0]![j]! * dy[i]![j]! : dy[i]![j]!)),
  prelu_slope: ({ dy, x, dslope }, { beta }) =>
    fill(
      dslope,
      (_, j) =>
        sum(x.length, (p) => (x[p]![j]! > 0 ? 0 : dy[p]![j]! * x[p]![j]!)) +
        (beta === 0 ? 0 : beta * dslope[0]![j]!),
    ),
} satisfies Partial<Record<string, ReferenceOp>>;
