import type { LayerClass } from '../layer.js';
import { Linear } from './linear.js';
import { ReLU } from './relu.js';
import { Sigmoid } from './sigmoid.js';
import { Softmax } from './softmax.js';
import { Tanh } from './tanh.js';

/** The one record of the layers that come with the package, by kind. */
export const layers = { Linear, ReLU, Sigmoid, Tanh, Softmax } as const satisfies Record<string, LayerClass>;

export type LayerKind = keyof typeof layers;
