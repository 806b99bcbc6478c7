import type { OpName } from '../../lib/ops/catalogue.js';

/** Sizes by the letters of an op's signature, and its attributes by their names. n is what a batch has so many of. */
export type Sizes = Readonly<Record<string, number>>;

/** How an operand is filled: uniformly from a range, or with whole numbers below the size of a letter. */
export type Fill = readonly [low: number, high: number] | { readonly below: string };

/** What an op is tried with. */
export interface OpCase {
  readonly shapes: readonly Sizes[];
  /** A tiny shape in which each element in turn becomes NaN or infinite. */
  readonly tiny: Sizes;
  /** Values of all its scalars; one entry a trial. */
  readonly scalars: readonly Readonly<Record<string, number>>[];
  /** For operands that are not from [−1, 1). */
  readonly fills: Readonly<Record<string, Fill>>;
}

const none = [{}];

// Around the edges of tiles and vectors, thin and wide, and one large enough to be shared among threads.
const products: readonly Sizes[] = [
  { m: 1, k: 1, n: 1 },
  { m: 5, k: 7, n: 3 },
  { m: 2, k: 9, n: 4 },
  { m: 3, k: 65, n: 17 },
  { m: 1, k: 33, n: 70 },
  { m: 31, k: 16, n: 1 },
  { m: 14, k: 5, n: 33 },
  { m: 37, k: 129, n: 67 },
  { m: 130, k: 260, n: 141 },
];
const product: OpCase = { shapes: products, tiny: { m: 3, k: 2, n: 5 }, scalars: none, fills: {} };
const gemm: OpCase = {
  ...product,
  scalars: [
    { alpha: -0.5, beta: 2 },
    { alpha: 1, beta: 0 },
    { alpha: 1, beta: 1 },
  ],
};

const elementwise: OpCase = {
  shapes: [
    { n: 1, m: 1 },
    { n: 3, m: 5 },
    { n: 7, m: 17 },
    { n: 33, m: 65 },
    { n: 130, m: 257 },
  ],
  tiny: { n: 3, m: 7 },
  scalars: none,
  fills: {},
};
const wide = { ...elementwise, fills: { x: [-9, 9] } } as const;

const positive = { ...elementwise, fills: { y: [0, 1] } } as const;

const rowwise: OpCase = {
  shapes: [
    { n: 1, c: 1 },
    { n: 3, c: 2 },
    { n: 5, c: 10 },
    { n: 9, c: 33 },
    { n: 201, c: 129 },
  ],
  tiny: { n: 2, c: 5 },
  scalars: none,
  fills: { x: [-9, 9], scores: [-5, 5], probs: [0.01, 1], labels: { below: 'c' } },
};

// Also more rows than are summed in one chain.
const tallAndWide: readonly Sizes[] = [...rowwise.shapes, { n: 700, c: 5 }];

// Also more columns than are gone through together, of rows of which four are.
const manyClasses: OpCase = { ...rowwise, shapes: [...rowwise.shapes, { n: 11, c: 517 }] };

const numberLoss: OpCase = {
  ...rowwise,
  scalars: [{ factor: 1 }, { factor: 0.25 }],
  fills: { scores: [-5, 5], targets: [-5, 5] },
};

// Also more columns than are gone through together.
const columnwise: OpCase = {
  ...elementwise,
  shapes: [...elementwise.shapes, { n: 65, m: 1030 }],
  fills: { x: [-3, 3], min: [-3, 0], max: [0, 3] },
};

// Also shapes that draw from several counters, of an element index that is no multiple of anything.
const draw = { keep: 0.7, seed: 2 ** 40 + 7, stream: 3, step: 12 };
const drawing: OpCase = {
  ...elementwise,
  shapes: [
    { n: 1, m: 1 },
    { n: 3, m: 5 },
    { n: 7, m: 17 },
    { n: 33, m: 65 },
    { n: 61, m: 277 },
  ],
  scalars: [
    { ...draw, beta: 1 },
    { ...draw, beta: 0, seed: 0, keep: 0.25 },
    { ...draw, beta: -0.5, keep: 1, step: 2 ** 32 - 1 },
  ],
};

// Few columns of many rows, which threads share by rows; columns that are more than a panel; rows that are gone through together.
const normalizing: OpCase = {
  shapes: [
    { n: 2, c: 1 },
    { n: 3, c: 6 },
    { n: 9, c: 33 },
    { n: 65, c: 130 },
    { n: 5, c: 1030 },
    { n: 3001, c: 6 },
    { n: 1537, c: 17 },
  ],
  tiny: { n: 3, c: 5 },
  scalars: none,
  fills: { inverse: [0.5, 2], variance: [0, 1], dy: [-0.25, 0.25] },
};
const onto = { scalars: [{ beta: 1 }, { beta: 0 }, { beta: -0.5 }] };
const normalizingRows: OpCase = {
  ...normalizing,
  shapes: normalizing.shapes.map(({ n, c }) => ({ n: n!, d: c! })),
  tiny: { n: 3, d: 5 },
};

/** n pictures of so many positions, and c channels in g groups. */
const grouped = (n: number, positions: number, c: number, g: number): Sizes => ({
  n,
  positions,
  p: n * positions,
  c,
  g,
});
const groups: OpCase = {
  ...normalizing,
  shapes: [
    grouped(1, 2, 1, 1),
    grouped(3, 5, 6, 2),
    grouped(2, 7, 9, 9),
    grouped(5, 35, 34, 1),
    grouped(2, 300, 12, 3),
    grouped(7, 64, 32, 8),
    grouped(2, 3, 1040, 4),
  ],
  tiny: grouped(2, 2, 6, 3),
};

const gathered: OpCase = {
  shapes: [
    { r: 1, c: 1, n: 1 },
    { r: 4, c: 3, n: 9 },
    { r: 50, c: 65, n: 7 },
    { r: 300, c: 33, n: 201 },
  ],
  tiny: { r: 2, c: 3, n: 4 },
  scalars: none,
  fills: { data: [0, 255], rows: { below: 'r' } },
};

/** n pictures of c channels, as rows of f numbers and as p pixels. */
const pictures = (n: number, c: number, height: number, width: number): Sizes => ({
  n,
  c,
  height,
  width,
  f: c * height * width,
  p: n * height * width,
});
const layout: OpCase = {
  shapes: [
    pictures(1, 1, 1, 1),
    pictures(2, 3, 4, 5),
    pictures(5, 17, 3, 7),
    pictures(3, 1, 5, 5),
    pictures(9, 33, 1, 35),
    pictures(4, 16, 32, 32),
  ],
  tiny: pictures(2, 3, 1, 2),
  scalars: none,
  fills: {},
};

/** n pictures (height, width) of c channels, p pixels, under q windows. Sides, strides and paddings are [y, x]. */
function windows(
  n: number,
  c: number,
  picture: readonly [number, number],
  window: readonly [number, number],
  stride: readonly [number, number] = [1, 1],
  padding: readonly [number, number] = [0, 0],
): Sizes {
  const count = (axis: 0 | 1) =>
    Math.floor((picture[axis] + 2 * padding[axis] - window[axis]) / stride[axis]) + 1;
  return {
    n,
    c,
    p: n * picture[0] * picture[1],
    q: n * count(0) * count(1),
    k: window[0] * window[1] * c,
    height: picture[0],
    width: picture[1],
    kernelHeight: window[0],
    kernelWidth: window[1],
    poolHeight: window[0],
    poolWidth: window[1],
    strideY: stride[0],
    strideX: stride[1],
    paddingY: padding[0],
    paddingX: padding[1],
  };
}

const convolution: OpCase = {
  shapes: [
    { ...windows(1, 1, [1, 1], [1, 1]), m: 1 },
    { ...windows(2, 3, [5, 4], [1, 1]), m: 5 },
    { ...windows(3, 2, [4, 5], [4, 5]), m: 7 },
    { ...windows(2, 1, [7, 9], [3, 3]), m: 6 },
    { ...windows(2, 3, [6, 5], [3, 2], [1, 2], [1, 0]), m: 4 },
    // Larger than the picture without its border, and more border than kernel.
    { ...windows(2, 2, [2, 3], [4, 4], [1, 1], [1, 1]), m: 3 },
    { ...windows(1, 2, [3, 2], [2, 2], [2, 1], [3, 4]), m: 3 },
    // Pixels that are in no window.
    { ...windows(2, 1, [9, 8], [2, 3], [4, 5]), m: 17 },
    { ...windows(3, 4, [8, 8], [1, 1], [2, 2]), m: 33 },
    { ...windows(2, 9, [7, 19], [3, 3], [1, 1], [1, 1]), m: 19 },
    // More than one block of the inner dimension.
    { ...windows(1, 70, [3, 5], [3, 3], [1, 1], [1, 1]), m: 35 },
    { ...windows(1, 600, [2, 2], [2, 1]), m: 3 },
    { ...windows(1, 2, [30, 25], [3, 3]), m: 4 },
    { ...windows(20, 1, [8, 8], [5, 5], [1, 1], [2, 2]), m: 6 },
  ],
  tiny: { ...windows(2, 2, [3, 3], [2, 2], [1, 1], [1, 0]), m: 3 },
  scalars: [{ beta: -2 }, { beta: 0 }, { beta: 1 }],
  fills: {},
};

const pooling: OpCase = {
  shapes: [
    windows(1, 1, [1, 1], [1, 1]),
    windows(2, 3, [4, 6], [2, 2], [2, 2]),
    windows(2, 3, [5, 7], [2, 2], [2, 2]),
    windows(3, 17, [7, 5], [3, 2], [2, 1], [1, 1]),
    windows(2, 35, [6, 4], [3, 3], [1, 1], [1, 1]),
    windows(2, 5, [4, 3], [4, 3]),
    windows(1, 2, [9, 9], [2, 2], [4, 5]),
    windows(5, 16, [16, 16], [2, 2], [2, 2]),
  ],
  tiny: windows(1, 3, [4, 4], [2, 2], [2, 2]),
  scalars: [{ beta: -2 }, { beta: 0 }, { beta: 1 }],
  fills: {},
};
const poolingForward: OpCase = { ...pooling, scalars: none };

const update = (scalars: Readonly<Record<string, number>>, fills: OpCase['fills'] = {}): OpCase => ({
  ...elementwise,
  scalars: [
    { ...scalars, learningRate: 0.1, weightDecay: 0.25 },
    { ...scalars, learningRate: 0.01, weightDecay: 0 },
  ],
  fills,
});

/** One entry an op: a new op is not tested, and does not compile, without one. */
export const cases: Readonly<Record<OpName, OpCase>> = {
  gemm_nn: gemm,
  gemm_nt: gemm,
  gemm_tn: gemm,
  gemm_tt: gemm,
  syrk: {
    ...gemm,
    shapes: [
      { k: 1, m: 1 },
      { k: 7, m: 5 },
      { k: 33, m: 17 },
      { k: 260, m: 141 },
      { k: 9, m: 300 },
    ],
    tiny: { k: 2, m: 5 },
  },
  affine_nt: product,
  affine_nn: product,
  column_sum: { ...elementwise, scalars: [{ beta: -2 }, { beta: 0 }, { beta: 1 }] },
  column_summary: { ...columnwise, scalars: [{ scale: 1 }, { scale: 0.25 }] },
  column_moments: { ...columnwise, fills: { ...columnwise.fills, squares: [0, 3] } },
  copy: elementwise,
  add: elementwise,
  axpy: { ...elementwise, scalars: [{ alpha: -0.75 }] },
  axpy_sign: { ...elementwise, scalars: [{ alpha: -0.75 }] },
  relu: elementwise,
  relu_backward: elementwise,
  sigmoid: wide,
  sigmoid_backward: positive,
  tanh: wide,
  tanh_backward: elementwise,
  dropout: { ...drawing, scalars: [...drawing.scalars, { ...draw, beta: 0, keep: 0 }] },
  alpha_dropout: { ...drawing, scalars: drawing.scalars.map(({ beta: _, ...others }) => others) },
  alpha_dropout_backward: drawing,
  leaky_relu: { ...wide, scalars: [{ negativeSlope: 0.01 }, { negativeSlope: -0.5 }] },
  leaky_relu_backward: { ...wide, scalars: [{ negativeSlope: 0.01 }, { negativeSlope: -0.5 }] },
  elu: { ...wide, scalars: [{ alpha: 1 }, { alpha: 0.25 }] },
  elu_backward: { ...elementwise, scalars: [{ alpha: 1 }], fills: { y: [-1, 3] } },
  selu: wide,
  selu_backward: { ...elementwise, fills: { y: [-1.75, 3] } },
  softplus: wide,
  softplus_backward: { ...elementwise, fills: { y: [0, 9] } },
  hardsigmoid: wide,
  hardsigmoid_backward: { ...elementwise, fills: { y: [-0.25, 1.25] } },
  gelu: wide,
  gelu_backward: wide,
  gelu_tanh: wide,
  gelu_tanh_backward: wide,
  silu: wide,
  silu_backward: wide,
  mish: wide,
  mish_backward: wide,
  softmax: rowwise,
  softmax_backward: { ...rowwise, fills: { y: [0, 1] } },
  log_softmax: rowwise,
  log_softmax_backward: { ...rowwise, fills: { y: [-9, 0] } },
  argmax: rowwise,
  row_max: rowwise,
  row_max_backward: rowwise,
  one_hot: rowwise,
  prelu: rowwise,
  prelu_backward: rowwise,
  prelu_slope: { ...rowwise, shapes: tallAndWide, scalars: [{ beta: -2 }, { beta: 0 }] },
  spread: rowwise,
  row_sum: { ...rowwise, fills: {}, scalars: [{ beta: -2 }, { beta: 0 }] },
  limit_rows: { ...rowwise, scalars: [{ maxNorm: 0.5 }, { maxNorm: 1 }, { maxNorm: 100 }] },
  normalize: rowwise,
  standardize: { ...rowwise, fills: { ...rowwise.fills, scale: [0.5, 2] } },
  gather: gathered,
  gather_normalized: gathered,
  gather_labels: gathered,
  channels_last: layout,
  channels_first: layout,
  column_mean: normalizing,
  column_variance: normalizing,
  inverse_deviation: { ...elementwise, scalars: [{ epsilon: 1e-5 }], fills: { variance: [0, 2] } },
  lerp: { ...elementwise, scalars: [{ weight: 0.1 }, { weight: 1 }] },
  batch_norm: normalizing,
  batch_norm_sums: normalizing,
  batch_norm_backward: { ...normalizing, ...onto },
  batch_norm_fixed_backward: { ...normalizing, ...onto },
  layer_norm: { ...normalizingRows, scalars: [{ epsilon: 1e-5 }] },
  layer_norm_sums: normalizingRows,
  layer_norm_backward: { ...normalizingRows, ...onto },
  rms_norm: { ...normalizingRows, scalars: [{ epsilon: 1e-5 }] },
  rms_norm_sums: normalizingRows,
  rms_norm_backward: { ...normalizingRows, ...onto },
  conv2d: { ...convolution, scalars: none },
  conv2d_weights: convolution,
  conv2d_input: convolution,
  max_pool: poolingForward,
  max_pool_backward: pooling,
  avg_pool: poolingForward,
  avg_pool_backward: pooling,
  group_norm: { ...groups, scalars: [{ epsilon: 1e-5 }] },
  group_norm_backward: { ...groups, ...onto },
  softmax_cross_entropy: rowwise,
  softmax_cross_entropy_targets: { ...rowwise, fills: { ...rowwise.fills, targets: [0, 1] } },
  cross_entropy: rowwise,
  hinge: manyClasses,
  cross_entropy_targets: { ...rowwise, fills: { ...rowwise.fills, targets: [0, 1] } },
  squared_hinge: manyClasses,
  focal: { ...rowwise, scalars: [{ gamma: 2 }, { gamma: 0 }, { gamma: 0.5 }] },
  mse: { ...rowwise, scalars: [{ factor: 1 }, { factor: 0.25 }] },
  absolute_error: numberLoss,
  huber: {
    ...numberLoss,
    scalars: [
      { delta: 1, factor: 1 },
      { delta: 0.3, factor: 0.25 },
    ],
  },
  log_cosh: numberLoss,
  kl_divergence: { ...numberLoss, fills: { scores: [-5, 0], targets: [0, 1] } },
  poisson_nll: { ...numberLoss, fills: { scores: [-5, 5], targets: [0, 9] } },
  bce_with_logits: { ...numberLoss, fills: { scores: [-20, 20], targets: [0, 1], positive: [0.1, 4] } },
  quantile: {
    ...numberLoss,
    shapes: [
      { n: 1, c: 1, t: 1 },
      { n: 3, c: 2, t: 1 },
      { n: 5, c: 10, t: 5 },
      { n: 9, c: 33, t: 11 },
      { n: 201, c: 129, t: 43 },
      { n: 7, c: 19, t: 19 },
    ],
    tiny: { n: 2, c: 6, t: 2 },
    fills: { ...numberLoss.fills, levels: [0, 1] },
  },
  weigh_rows: { ...rowwise, fills: { weights: [0.1, 2], sums: [1, 9] } },
  mean: {
    ...elementwise,
    shapes: [{ n: 1 }, { n: 7 }, { n: 200 }, { n: 4099 }],
    scalars: [{ loss: 3 }],
    fills: { losses: [0, 5] },
  },
  add_l2: {
    ...elementwise,
    shapes: [
      { m: 1, k: 1 },
      { m: 7, k: 17 },
      { m: 130, k: 257 },
    ],
    tiny: { m: 2, k: 9 },
    scalars: [
      { reg: 0.1, loss: 2 },
      { reg: 0, loss: 2 },
    ],
  },
  add_l1: {
    ...elementwise,
    shapes: [
      { m: 1, k: 1 },
      { m: 7, k: 17 },
      { m: 130, k: 257 },
    ],
    tiny: { m: 2, k: 9 },
    scalars: [{ l1: 0.1, loss: 2 }],
  },
  norm: { ...elementwise, scalars: [{ norm: 3 }] },
  clip_norm: {
    ...elementwise,
    scalars: [
      { maxNorm: 0.5, norm: 2 },
      { maxNorm: 5, norm: 2 },
    ],
  },
  clip_value: { ...elementwise, scalars: [{ limit: 0.25 }, { limit: 5 }] },
  sgd: update({}),
  momentum: update({ momentum: 0.9 }),
  nesterov: update({ momentum: 0.9 }),
  rmsprop: update({ decayRate: 0.99, epsilon: 1e-8 }, { v: [0, 1] }),
  adagrad: update({ epsilon: 1e-8 }, { v: [0, 1] }),
  adadelta: update({ rho: 0.9, epsilon: 1e-6 }, { v: [0, 1], u: [0, 1] }),
  adam: update({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, t: 3 }, { m2: [0, 1] }),
  adamw: update({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, t: 3 }, { m2: [0, 1] }),
  amsgrad: update({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, t: 3 }, { m2: [0, 1], peak: [0, 1] }),
  amsgradw: update({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, t: 3 }, { m2: [0, 1], peak: [0, 1] }),
  adamax: update({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, t: 3 }, { u: [0, 1] }),
  nadam: update({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, momentumDecay: 4e-3, t: 3 }, { m2: [0, 1] }),
  // The first is of too few steps for a rectification, the second is not.
  radam: {
    ...update({}, { m2: [0, 1] }),
    scalars: [
      { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, t: 5, weightDecay: 0.25 },
      { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, t: 6, weightDecay: 0 },
    ],
  },
  lion: update({ beta1: 0.9, beta2: 0.99 }),
};
