/**
 * The catalogue of operations: one line an op, with the operands it reads and writes.
 *
 * Grammar: `reads -> writes | scalars ; attributes`. An operand is `name[rows,cols]:dtype`; equal letters in brackets
 * must be equal sizes, a digit is that size. Without a dtype the operand has the op's own, in which it computes: one for
 * all such operands, the program's or, in a program of float32, also float64. `any` is whatever a data set may have
 * (float32, float64, int32 or uint8), `rounded` the op's own or float32. What points somewhere is int32 and says how far
 * it may: `label<c` is a class below the size c, `row<r` a row number below the size r; both executors look at all of
 * them before the op runs. A name that is read and written is updated in place and stands, with its shape, on the left.
 * Scalars are entries of the program's table of hyper-parameters; one that is written has `=` before it. Attributes are
 * integers of 0 … 2³¹ − 1 that are fixed when a program is made; where they say something of sizes, both executors
 * check that (`geometry.ts`, `native/engine/geometry.cpp`).
 *
 * The native core holds the same lines in `native/kernels/kernels.inc`; a test compares the two word for word.
 */
export const catalogue = {
  // Matrix products: c = alpha·op(a)·op(b) + beta·c. With beta = 0, c is not read.
  gemm_nn: 'a[m,k] b[k,n] c[m,n] -> c | alpha beta',
  gemm_nt: 'a[m,k] b[n,k] c[m,n] -> c | alpha beta',
  gemm_tn: 'a[k,m] b[k,n] c[m,n] -> c | alpha beta',
  gemm_tt: 'a[k,m] b[n,k] c[m,n] -> c | alpha beta',
  // c = alpha·aᵀ·a + beta·c, of which the part on and above the diagonal is computed, and mirrored.
  syrk: 'a[k,m] c[m,m] -> c | alpha beta',
  // Dense layers: y = x·wᵀ + b with w stored (out, in), and y = x·w + b with w stored (in, out).
  affine_nt: 'x[n,k] w[m,k] b[1,m] -> y[n,m]',
  affine_nn: 'x[n,k] w[k,m] b[1,m] -> y[n,m]',
  // y = Σ over the rows of x, + beta·y. With beta = 0, y is not read.
  column_sum: 'x[n,m] y[1,m] -> y | beta',
  // What columns of data are like: sums += Σ (x − shift)·scale, and their range; sums += Σ d and squares += Σ d² of d = x·scale − shift.
  // Row after row, so that data may come some rows at a time.
  column_summary: 'x[n,m]:any shift[1,m] sums[1,m] min[1,m] max[1,m] -> sums min max | scale',
  column_moments: 'x[n,m]:any scale[1,m] shift[1,m] sums[1,m] squares[1,m] -> sums squares',

  // Elementwise. The backward ops take the forward result y where the derivative is cheap to have of it, else x.
  copy: 'x[n,m] -> y[n,m]',
  add: 'a[n,m] b[n,m] -> c[n,m]',
  axpy: 'x[n,m] y[n,m] -> y | alpha',
  // y += alpha·sign(x)
  axpy_sign: 'x[n,m] y[n,m] -> y | alpha',
  relu: 'x[n,m] -> y[n,m]',
  relu_backward: 'dy[n,m] y[n,m] -> dx[n,m]',
  sigmoid: 'x[n,m] -> y[n,m]',
  sigmoid_backward: 'dy[n,m] y[n,m] -> dx[n,m]',
  tanh: 'x[n,m] -> y[n,m]',
  tanh_backward: 'dy[n,m] y[n,m] -> dx[n,m]',
  leaky_relu: 'x[n,m] -> y[n,m] | negativeSlope',
  leaky_relu_backward: 'dy[n,m] x[n,m] -> dx[n,m] | negativeSlope',
  elu: 'x[n,m] -> y[n,m] | alpha',
  elu_backward: 'dy[n,m] y[n,m] -> dx[n,m] | alpha',
  selu: 'x[n,m] -> y[n,m]',
  selu_backward: 'dy[n,m] y[n,m] -> dx[n,m]',
  softplus: 'x[n,m] -> y[n,m]',
  softplus_backward: 'dy[n,m] y[n,m] -> dx[n,m]',
  hardsigmoid: 'x[n,m] -> y[n,m]',
  hardsigmoid_backward: 'dy[n,m] y[n,m] -> dx[n,m]',
  gelu: 'x[n,m] -> y[n,m]',
  gelu_backward: 'dy[n,m] x[n,m] -> dx[n,m]',
  gelu_tanh: 'x[n,m] -> y[n,m]',
  gelu_tanh_backward: 'dy[n,m] x[n,m] -> dx[n,m]',
  silu: 'x[n,m] -> y[n,m]',
  silu_backward: 'dy[n,m] x[n,m] -> dx[n,m]',
  mish: 'x[n,m] -> y[n,m]',
  mish_backward: 'dy[n,m] x[n,m] -> dx[n,m]',

  // Chance: elements are kept with probability keep (as a multiple of 2^−32), by random bits (Philox 4×32-10) that depend on seed, stream,
  // step and the element's index alone, all of them integers: seed < 2^53, stream and step < 2^32. The backward pass draws them again.
  // y = x·mask/keep + beta·y, its own backward too. With beta = 0, y is not read.
  dropout: 'x[n,m] y[n,m] -> y | keep seed stream step beta',
  // y = a·(x·mask + α·(1 − mask)) + b, where α is SELU's least value, and a and b keep mean and variance; dx = a·mask·dy + beta·dx.
  alpha_dropout: 'x[n,m] -> y[n,m] | keep seed stream step',
  alpha_dropout_backward: 'dy[n,m] dx[n,m] -> dx | keep seed stream step beta',

  // Row by row.
  softmax: 'x[n,c] -> y[n,c]',
  softmax_backward: 'dy[n,c] y[n,c] -> dx[n,c]',
  log_softmax: 'x[n,c] -> y[n,c]',
  log_softmax_backward: 'dy[n,c] y[n,c] -> dx[n,c]',
  argmax: 'x[n,c] -> labels[n,1]:int32',
  one_hot: 'labels[n,1]:label<c -> y[n,c]',
  // The largest of each row, and where its gradient goes: to the first of equals.
  row_max: 'x[n,c] -> y[n,1]',
  row_max_backward: 'dy[n,1] x[n,c] -> dx[n,c]',
  // y = max(x, 0) + slope·min(x, 0) with a slope for each column, and its gradient by the slopes, + beta·dslope.
  prelu: 'x[n,c] slope[1,c] -> y[n,c]',
  prelu_backward: 'dy[n,c] x[n,c] slope[1,c] -> dx[n,c]',
  prelu_slope: 'dy[n,c] x[n,c] dslope[1,c] -> dslope | beta',
  // A column side by side with itself, and y = Σ over the columns of x, + beta·y. With beta = 0, y is not read.
  spread: 'x[n,1] -> y[n,c]',
  row_sum: 'x[n,c] y[n,1] -> y | beta',
  // Rows whose norm is above maxNorm are scaled to it.
  limit_rows: 'w[n,c] -> w | maxNorm',
  // y = (x − shift)·scale, column by column, computed in the dtype of shift and scale.
  normalize: 'x[n,c]:any shift[1,c] scale[1,c] -> y[n,c]:rounded',
  // The same with a division: y = (x − shift) / scale.
  standardize: 'x[n,c]:any shift[1,c] scale[1,c] -> y[n,c]:rounded',
  gather: 'data[r,c]:any rows[n,1]:row<r -> x[n,c]',
  gather_normalized: 'data[r,c]:any rows[n,1]:row<r shift[1,c] scale[1,c] -> x[n,c]:rounded',
  gather_labels: 'data[r,1]:int32 rows[n,1]:row<r -> labels[n,1]:int32',

  // Pictures: as rows of all their numbers, channel by channel, and as pixels, each a row of its channels.
  channels_last: 'x[n,f] -> y[p,c] ; height width',
  channels_first: 'x[p,c] -> y[n,f] ; height width',
  // Convolution of pictures with m filters, each (kernelHeight, kernelWidth, c), with zeros around them; and, each + beta·(what is there),
  // its gradients by the filters and by the pictures. The gradient by the bias is column_sum of dy.
  conv2d:
    'x[p,c] w[m,k] b[1,m] -> y[q,m] ; height width kernelHeight kernelWidth strideY strideX paddingY paddingX',
  conv2d_weights:
    'dy[q,m] x[p,c] dw[m,k] -> dw | beta ; height width kernelHeight kernelWidth strideY strideX paddingY paddingX',
  conv2d_input:
    'dy[q,m] w[m,k] dx[p,c] -> dx | beta ; height width kernelHeight kernelWidth strideY strideX paddingY paddingX',
  // The largest of each window of a channel, whose gradient goes to the first of the largest; and the mean, in which zeros around
  // the pictures count. With beta = 0, dx is not read.
  max_pool: 'x[p,c] -> y[q,c] ; height width poolHeight poolWidth strideY strideX paddingY paddingX',
  max_pool_backward:
    'dy[q,c] x[p,c] dx[p,c] -> dx | beta ; height width poolHeight poolWidth strideY strideX paddingY paddingX',
  avg_pool: 'x[p,c] -> y[q,c] ; height width poolHeight poolWidth strideY strideX paddingY paddingX',
  avg_pool_backward:
    'dy[q,c] dx[p,c] -> dx | beta ; height width poolHeight poolWidth strideY strideX paddingY paddingX',

  // Normalization. inverse = 1/√(variance + epsilon), x̂ = (x − mean)·inverse; gradients dx = … + beta·dx, where with beta = 0 dx is not read.
  // Of the columns: mean = Σ x / n, variance = Σ (x − mean)² / n, unbiased = Σ (x − mean)² / (n − 1).
  column_mean: 'x[n,c] -> mean[1,c]',
  column_variance: 'x[n,c] mean[1,c] -> variance[1,c] unbiased[1,c]',
  inverse_deviation: 'variance[n,m] -> inverse[n,m] | epsilon',
  // y = (1 − weight)·y + weight·x: what running statistics make of a batch's.
  lerp: 'x[n,m] y[n,m] -> y | weight',
  // y = x̂·gamma + beta; dgamma = Σ dy·x̂, dbeta = Σ dy; dx = gamma·inverse·(dy − (dbeta + x̂·dgamma)/n), or, where mean and variance are
  // not of x, dx = gamma·inverse·dy.
  batch_norm: 'x[n,c] mean[1,c] inverse[1,c] gamma[1,c] beta[1,c] -> y[n,c]',
  batch_norm_sums: 'dy[n,c] x[n,c] mean[1,c] inverse[1,c] -> dgamma[1,c] dbeta[1,c]',
  batch_norm_backward:
    'dy[n,c] x[n,c] mean[1,c] inverse[1,c] gamma[1,c] dgamma[1,c] dbeta[1,c] dx[n,c] -> dx | beta',
  batch_norm_fixed_backward: 'dy[n,c] inverse[1,c] gamma[1,c] dx[n,c] -> dx | beta',
  // Row by row: y = x̂·gamma + beta; with g = dy·gamma, dx = inverse·(g − Σ g/d − x̂·Σ g·x̂/d).
  layer_norm: 'x[n,d] gamma[1,d] beta[1,d] -> y[n,d] mean[n,1] inverse[n,1] | epsilon',
  layer_norm_sums: 'dy[n,d] x[n,d] mean[n,1] inverse[n,1] -> dgamma[1,d] dbeta[1,d]',
  layer_norm_backward: 'dy[n,d] x[n,d] mean[n,1] inverse[n,1] gamma[1,d] dx[n,d] -> dx | beta',
  // The same about zero: inverse = 1/√(Σ x²/d + epsilon), x̂ = x·inverse, y = x̂·gamma, dx = inverse·(g − x̂·Σ g·x̂/d).
  rms_norm: 'x[n,d] gamma[1,d] -> y[n,d] inverse[n,1] | epsilon',
  rms_norm_sums: 'dy[n,d] x[n,d] inverse[n,1] -> dgamma[1,d]',
  rms_norm_backward: 'dy[n,d] x[n,d] inverse[n,1] gamma[1,d] dx[n,d] -> dx | beta',
  // Of the g groups of the channels of each picture, p = n·positions: layer norm of all numbers of a group, with gamma and beta of its
  // channels; dgammas and dbetas are those of each picture, to be summed.
  group_norm: 'x[p,c] gamma[1,c] beta[1,c] -> y[p,c] mean[n,g] inverse[n,g] | epsilon ; positions',
  group_norm_backward:
    'dy[p,c] x[p,c] mean[n,g] inverse[n,g] gamma[1,c] dx[p,c] -> dx dgammas[n,c] dbetas[n,c] | beta ; positions',

  // Losses: one value a row, and the gradient of the mean over the rows (already divided by n).
  softmax_cross_entropy: 'scores[n,c] labels[n,1]:label<c -> losses[n,1] dscores[n,c]',
  softmax_cross_entropy_targets: 'scores[n,c] targets[n,c] -> losses[n,1] dscores[n,c]',
  cross_entropy: 'probs[n,c] labels[n,1]:label<c -> losses[n,1] dprobs[n,c]',
  hinge: 'scores[n,c] labels[n,1]:label<c -> losses[n,1] dscores[n,c]',
  cross_entropy_targets: 'probs[n,c] targets[n,c] -> losses[n,1] dprobs[n,c]',
  squared_hinge: 'scores[n,c] labels[n,1]:label<c -> losses[n,1] dscores[n,c]',
  focal: 'scores[n,c] labels[n,1]:label<c -> losses[n,1] dscores[n,c] | gamma',
  // Of numbers, factor·Σ over the columns. quantile: c / t scores side by side for each target.
  mse: 'scores[n,c] targets[n,c] -> losses[n,1] dscores[n,c] | factor',
  absolute_error: 'scores[n,c] targets[n,c] -> losses[n,1] dscores[n,c] | factor',
  huber: 'scores[n,c] targets[n,c] -> losses[n,1] dscores[n,c] | delta factor',
  log_cosh: 'scores[n,c] targets[n,c] -> losses[n,1] dscores[n,c] | factor',
  kl_divergence: 'scores[n,c] targets[n,c] -> losses[n,1] dscores[n,c] | factor',
  poisson_nll: 'scores[n,c] targets[n,c] -> losses[n,1] dscores[n,c] | factor',
  bce_with_logits: 'scores[n,c] targets[n,c] positive[1,c] -> losses[n,1] dscores[n,c] | factor',
  quantile: 'scores[n,c] targets[n,t] levels[1,c] -> losses[n,1] dscores[n,c] | factor',
  // losses and dscores times w / Σ d · n, where weights holds w and d of each row and sums their sums over all rows.
  weigh_rows: 'losses[n,1] dscores[n,c] weights[n,2] sums[1,2] -> losses dscores',

  // Reductions to a scalar: loss = Σ losses / n; loss += ½·reg·Σ w²; loss += l1·Σ |w|; norm = √Σ x².
  mean: 'losses[n,1] -> | =loss',
  add_l2: 'w[m,k] -> | reg =loss',
  add_l1: 'w[m,k] -> | l1 =loss',
  norm: 'x[n,m] -> | =norm',

  // Clipping of gradients: to a norm, g = g·min(1, maxNorm / (norm + 1e-6)) with the norm of all gradients; each to ±limit.
  clip_norm: 'g[n,m] -> g | maxNorm norm',
  clip_value: 'g[n,m] -> g | limit',

  // Update rules, elementwise over any range of parameters. g' = g + weightDecay·w except in adamw, amsgradw and lion.
  sgd: 'w[n,m] g[n,m] -> w | learningRate weightDecay',
  momentum: 'w[n,m] g[n,m] v[n,m] -> w v | learningRate momentum weightDecay',
  nesterov: 'w[n,m] g[n,m] v[n,m] -> w v | learningRate momentum weightDecay',
  rmsprop: 'w[n,m] g[n,m] v[n,m] -> w v | learningRate decayRate epsilon weightDecay',
  adagrad: 'w[n,m] g[n,m] v[n,m] -> w v | learningRate epsilon weightDecay',
  adadelta: 'w[n,m] g[n,m] v[n,m] u[n,m] -> w v u | learningRate rho epsilon weightDecay',
  adam: 'w[n,m] g[n,m] m1[n,m] m2[n,m] -> w m1 m2 | learningRate beta1 beta2 epsilon t weightDecay',
  adamw: 'w[n,m] g[n,m] m1[n,m] m2[n,m] -> w m1 m2 | learningRate beta1 beta2 epsilon t weightDecay',
  amsgrad:
    'w[n,m] g[n,m] m1[n,m] m2[n,m] peak[n,m] -> w m1 m2 peak | learningRate beta1 beta2 epsilon t weightDecay',
  amsgradw:
    'w[n,m] g[n,m] m1[n,m] m2[n,m] peak[n,m] -> w m1 m2 peak | learningRate beta1 beta2 epsilon t weightDecay',
  adamax: 'w[n,m] g[n,m] m1[n,m] u[n,m] -> w m1 u | learningRate beta1 beta2 epsilon t weightDecay',
  nadam:
    'w[n,m] g[n,m] m1[n,m] m2[n,m] -> w m1 m2 | learningRate beta1 beta2 epsilon momentumDecay t weightDecay',
  radam: 'w[n,m] g[n,m] m1[n,m] m2[n,m] -> w m1 m2 | learningRate beta1 beta2 epsilon t weightDecay',
  lion: 'w[n,m] g[n,m] m1[n,m] -> w m1 | learningRate beta1 beta2 weightDecay',
} as const satisfies Record<string, string>;

export type OpName = keyof typeof catalogue;
export const opNames = Object.keys(catalogue) as OpName[];
