import type { RowShape, Scope, Value } from './scope.js';

/** What a layer's `config` may hold: plain data that a file can keep. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type LayerConfig = { readonly [key: string]: Json };

/**
 * A layer is a definition: it owns no memory; it writes its forward pass, asking for parameters on the way, into whatever program is being
 * built, and beside each op how its gradient goes back. Models, layer functions, files and the gradient check are derived from it.
 */
export abstract class Layer {
  /** Its name in files, listings and summaries. */
  abstract readonly kind: string;

  /** The shape of its input's rows, where that is fixed: what a net of which it is the first layer takes. */
  get inputShape(): RowShape | undefined {
    return undefined;
  }

  /** What it takes instead, where rows of that shape will not do: `4`, `(6, H, W)`. */
  refuses(shape: RowShape): string | undefined {
    const { inputShape } = this;
    if (inputShape === undefined || sameRows(inputShape, shape)) return undefined;
    return rowText(inputShape);
  }

  /**
   * Emits y = f(x).
   * @param x rows of a shape that it does not refuse
   */
  abstract forward(scope: Scope, x: Value): Value;

  /** What its class's `fromConfig` makes an equal layer of. */
  config(): LayerConfig {
    return {};
  }
}

/** Makes layers of what a combinator's config keeps of those inside it: `[{ kind, config }, …]`. */
export type LayerMaker = (layers: Json | undefined) => readonly Layer[];

/** A layer class as the record of layers holds it. */
export interface LayerClass {
  /** @param make for layers inside it */
  fromConfig(config: LayerConfig, make: LayerMaker): Layer;
  /** One of its kind for rows of that many features; the tests of all layers use it. */
  example(inputSize: number): Layer;
  /** Of the rows that the example takes, where they are pictures. */
  readonly exampleShape?: RowShape;
}

function sameRows(a: RowShape, b: RowShape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** Features as their number, pictures as their shape. */
export function rowText(shape: RowShape): string {
  return shape.length === 1 ? String(shape[0]) : `(${shape.join(', ')})`;
}
