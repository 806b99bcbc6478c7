import type { BuilderScalar, BuilderSlot, ProgramBuilder } from '../ops/builder.js';
import type { Initializer } from './initializers.js';

/** What a layer's `config` may hold: plain data that a file can keep. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type LayerConfig = { readonly [key: string]: Json };

/**
 * How a parameter lies in memory: a `matrix` row by row as it is shown, a matrix `transposed`, that is shown (in, out) and stored
 * (out, in) as the kernels like it best, or anything as one `row`.
 */
export type Layout = 'matrix' | 'transposed' | 'row';

/** One tensor that a layer learns. */
export interface ParameterSpec {
  /** `W`, `b`, …; a model adds the layer's number. */
  readonly name: string;
  /** As users see it: (in, out) for a weight matrix, (out) for a bias. */
  readonly shape: readonly number[];
  readonly layout: Layout;
  /** Whether L2 regularization counts it: weights, but not biases. */
  readonly regularized: boolean;
  readonly init: Initializer;
  /** What the layer adds up and gives, where the shape does not say it: for a bias, those of its weights. */
  readonly fan?: { readonly in: number; readonly out: number };
  /** Draws the initial values in the order of the transpose, (out, in); default false. */
  readonly drawTransposed?: boolean;
}

/** A parameter in a program, as matrices with the rows and columns that are stored. */
export interface BoundParameter {
  readonly slot: BuilderSlot;
  readonly gradient: BuilderSlot;
  readonly layout: Layout;
}

/** The rows and columns that are stored of a parameter. */
export function storedShape(shape: readonly number[], layout: Layout): readonly [rows: number, cols: number] {
  const [rows = 1, cols = 1] = shape;
  if (layout === 'matrix') return [rows, cols];
  if (layout === 'transposed') return [cols, rows];
  return [1, shape.reduce((product, size) => product * size, 1)];
}

/** What the forward pass leaves to the backward pass. */
export interface Saved {
  /** The layer's input, (batch, in). */
  readonly x: BuilderSlot;
  /** The layer's output, (batch, out). */
  readonly y: BuilderSlot;
  readonly parameters: readonly BoundParameter[];
}

export interface BackwardOptions {
  /** What is left of the gradients that are there already: 0 overwrites them, 1 adds to them. */
  readonly beta: BuilderScalar | number;
  /** Whether the gradient of the input is wanted: the first layer of a net need not compute it. */
  readonly inputGradient: boolean;
}

/**
 * A layer is a definition: it owns no memory, it says which parameters it wants, and it emits the ops of its two passes into
 * whatever program is being built. Models, layer functions, files and the gradient check are derived from it.
 */
export abstract class Layer {
  /** Its name in files, listings and summaries. */
  abstract readonly kind: string;
  /** Features that a row of its input must have; undefined: any number. */
  get inputSize(): number | undefined {
    return undefined;
  }

  /** Features of a row of the output. */
  outputSize(inputSize: number): number {
    return inputSize;
  }

  /** The parameters that it learns, in order. */
  parameters(_inputSize: number): readonly ParameterSpec[] {
    return [];
  }

  /** Emits y = f(x) and returns y. */
  abstract forward(
    builder: ProgramBuilder,
    x: BuilderSlot,
    parameters: readonly BoundParameter[],
  ): BuilderSlot;

  /** Emits the gradients of the parameters and returns dx, unless `inputGradient` is false. */
  abstract backward(
    builder: ProgramBuilder,
    dy: BuilderSlot,
    saved: Saved,
    options: BackwardOptions,
  ): BuilderSlot | undefined;

  /** What its class's `fromConfig` makes an equal layer of. */
  config(): LayerConfig {
    return {};
  }
}

/** A layer class as the record of layers holds it. */
export interface LayerClass {
  fromConfig(config: LayerConfig): Layer;
  /** One of its kind for a row of that many features; the gradient check of all layers uses it. */
  example(inputSize: number): Layer;
}
