import type { LayerClass } from '../layer.js';
import { ELU } from './activations/elu.js';
import { GELU } from './activations/gelu.js';
import { Hardsigmoid } from './activations/hardsigmoid.js';
import { LeakyReLU } from './activations/leaky-relu.js';
import { LogSoftmax } from './activations/log-softmax.js';
import { Maxout } from './activations/maxout.js';
import { Mish } from './activations/mish.js';
import { PReLU } from './activations/prelu.js';
import { ReLU } from './activations/relu.js';
import { SELU } from './activations/selu.js';
import { Sigmoid } from './activations/sigmoid.js';
import { SiLU } from './activations/silu.js';
import { Softmax } from './activations/softmax.js';
import { Softplus } from './activations/softplus.js';
import { Tanh } from './activations/tanh.js';
import { AlphaDropout } from './chance/alpha-dropout.js';
import { Dropout } from './chance/dropout.js';
import { Linear } from './linear.js';
import { BatchNorm1d, BatchNorm2d } from './normalization/batch-norm.js';
import { GroupNorm } from './normalization/group-norm.js';
import { LayerNorm } from './normalization/layer-norm.js';
import { RMSNorm } from './normalization/rms-norm.js';
import { Conv2d } from './pictures/conv2d.js';
import { GlobalAvgPool2d } from './pictures/global-avg-pool2d.js';
import { AvgPool2d, MaxPool2d } from './pictures/pool2d.js';
import { Flatten } from './structure/flatten.js';
import { Reshape } from './structure/reshape.js';
import { Residual } from './structure/residual.js';

/** The one record of the layers that come with the package, by kind. */
export const layers = {
  Linear,
  ReLU,
  LeakyReLU,
  PReLU,
  ELU,
  SELU,
  GELU,
  SiLU,
  Mish,
  Sigmoid,
  Hardsigmoid,
  Tanh,
  Softplus,
  Softmax,
  LogSoftmax,
  Dropout,
  AlphaDropout,
  BatchNorm1d,
  BatchNorm2d,
  LayerNorm,
  GroupNorm,
  RMSNorm,
  Conv2d,
  MaxPool2d,
  AvgPool2d,
  GlobalAvgPool2d,
  Flatten,
  Reshape,
  Residual,
  Maxout,
} as const satisfies Record<string, LayerClass>;

export type LayerKind = keyof typeof layers;
