import type { LayerClass } from '../layer.js';
import { ReLU } from './activations/relu.js';
import { Sigmoid } from './activations/sigmoid.js';
import { Softmax } from './activations/softmax.js';
import { Tanh } from './activations/tanh.js';
import { Linear } from './linear.js';

/** The one record of the layers that come with the package, by kind. */
export const layers = { Linear, ReLU, Sigmoid, Tanh, Softmax } as const satisfies Record<string, LayerClass>;

export type LayerKind = keyof typeof layers;
