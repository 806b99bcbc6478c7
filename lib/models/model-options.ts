import { type FloatDtype, isArrayOf } from '../core/dtype.js';
import { instanceOf, oneOf, optional, type Rule } from '../core/options.js';
import { type RandomOptions, randomOptions } from '../core/random/random-options.js';
import type { RandomState } from '../core/random/random-state.js';
import type { TensorLike } from '../core/tensors/tensor.js';
import { Preparation } from '../data/preparation/preparation.js';
import type { Objective } from '../net/lowering.js';
import type { NamedTensors } from '../net/parameter-memory.js';
import type { Layer } from '../nn/layer.js';
import type { RowShape } from '../nn/scope.js';
import type { Task } from './task.js';

/** Copies of a model's parameters by name. */
export type Parameters = NamedTensors;

export interface LossAndGradients {
  readonly loss: number;
  /** Fresh copies by parameter name. */
  readonly grads: NamedTensors;
}

export interface LossOptions {
  /** λ; default: the model's own. */
  readonly reg?: number;
  /** N numbers from 0 on that the losses of the rows are multiplied by: the loss is then Σ weight·loss / N. */
  readonly sampleWeight?: TensorLike;
  /**
   * The training step, from 0, whose masks a net with dropout draws; the model's state then stays as it is. Default: one after another,
   * and running statistics follow, as in a training.
   */
  readonly step?: number;
}

export interface AccuracyOptions {
  /** Which rows of X and y; default all. */
  readonly rows?: Int32Array;
  /** Rows computed at once; default 1000. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

export interface EvaluateOptions {
  /** λ; default: the model's own. */
  readonly reg?: number;
  /** Rows computed at once; default 1000. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/** Of a model that tells classes apart. */
export interface ClassEvaluation {
  readonly loss: number;
  /** 0 … 1. */
  readonly accuracy: number;
  readonly r2?: undefined;
}

/** Of a model that predicts numbers. */
export interface NumberEvaluation {
  readonly loss: number;
  /** R²: 1 for the true numbers, 0 for always their mean; the average over the outputs. */
  readonly r2: number;
  readonly accuracy?: undefined;
}

/** What a subclass is made of. */
export interface ModelDefinition {
  /** The name of the class. */
  readonly kind: string;
  readonly layers: readonly Layer[];
  /** Of the rows that the first layer takes. */
  readonly inputShape: RowShape;
  /** Or what it is for so many outputs. */
  readonly objective: Objective | ((outputs: number) => Objective);
  /** The default λ. */
  readonly reg: number;
  readonly dtype: FloatDtype;
  readonly rng: RandomState;
  readonly preparation: Preparation | undefined;
  /** What it was asked to be for. */
  readonly task?: Task | undefined;
}

/** Options that every model has. */
export interface ModelOptions extends RandomOptions {
  /**
   * Default `'float32'`. Rows of any dtype are taken, and rounded to this one (float32 has no integers beyond 2²⁴ that are odd): after the
   * preparation, which computes in double, if there is one.
   */
  readonly dtype?: FloatDtype;
  /**
   * What happens to rows of data before the first layer. The model then takes raw rows everywhere, and its file keeps the preparation.
   */
  readonly preparation?: Preparation;
}

export const rowNumbers: Rule<Int32Array> = {
  expected: 'an Int32Array of row numbers',
  plural: 'Int32Arrays of row numbers',
  accepts: (value) => isArrayOf('int32', value),
};

/** The schema of {@link ModelOptions}. */
export const modelOptions = {
  dtype: optional(oneOf('float32', 'float64'), 'float32'),
  ...randomOptions,
  preparation: optional(instanceOf(Preparation)),
};
