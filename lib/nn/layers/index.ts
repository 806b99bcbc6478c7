import type { LayerClass } from '../layer.js';
import { ELU } from './activations/elu.js';
import { GELU } from './activations/gelu.js';
import { Hardsigmoid } from './activations/hardsigmoid.js';
import { LeakyReLU } from './activations/leaky-relu.js';
import { LogSoftmax } from './activations/log-softmax.js';
import { Mish } from './activations/mish.js';
import { PReLU } from './activations/prelu.js';
import { ReLU } from './activations/relu.js';
import { SELU } from './activations/selu.js';
import { Sigmoid } from './activations/sigmoid.js';
import { SiLU } from './activations/silu.js';
import { Softmax } from './activations/softmax.js';
import { Softplus } from './activations/softplus.js';
import { Tanh } from './activations/tanh.js';
import { Linear } from './linear.js';

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
} as const satisfies Record<string, LayerClass>;

export type LayerKind = keyof typeof layers;
