import { describe } from '../core/describe.js';
import type { Dtype, TypedArray } from '../core/dtype.js';
import { ShapeError } from '../core/errors.js';
import {
  arrayOf,
  boolean,
  checkOptions,
  checkValue,
  optional,
  positiveInteger,
  record,
} from '../core/options.js';
import { asTensor, Tensor } from '../core/tensors/tensor.js';
import type { CustomLayer } from './custom-layer.js';
import { initializer, initializerOf } from './initializers.js';
import { Layer, type LayerConfig } from './layer.js';
import type { ParameterSpec, RowShape, Scope, Value } from './scope.js';

/** A user's layer in a program: two host instructions that call its `forward` and `backward`. */
export class HostLayer extends Layer {
  readonly custom: CustomLayer;
  /** Whose forward pass left its traces on the user's layer last. */
  static readonly #latest = new WeakMap<CustomLayer, object>();

  constructor(custom: CustomLayer) {
    super();
    this.custom = custom;
  }

  override get kind(): string {
    return this.custom.kind;
  }

  override get inputShape(): RowShape | undefined {
    const { inputSize } = this.custom;
    return inputSize === undefined ? undefined : [inputSize];
  }

  override refuses(shape: RowShape): string | undefined {
    return shape.length === 1 ? super.refuses(shape) : 'flat rows: put a Flatten layer before it';
  }

  override forward(scope: Scope, x: Value): Value {
    const { custom } = this;
    const inputs = x.slot.cols;
    const specs = this.#specs(inputs);
    const parameters = specs.map((spec) => scope.parameter(spec));
    const y = scope.value(this.kind, [this.#outputs(inputs)]);
    const outputs = y.slot.cols;
    const { dtype } = y.slot;
    // Each place in each program is another.
    const pass = {};
    const run = (rows: number, from: TypedArray, values: readonly TypedArray[]) => {
      custom.params = named(specs, values);
      const output = custom.forward(new Tensor(from, [rows, inputs]));
      HostLayer.#latest.set(custom, pass);
      return output;
    };
    const count = parameters.length;
    scope.host([x, ...parameters], [y], ({ rows, views }) => {
      const output = run(rows, views[0]!, views.slice(1, 1 + count));
      views[1 + count]!.set(this.#result('forward', output, [rows, outputs], dtype));
    });
    return scope.record(y, [x, ...parameters], (dy) =>
      scope.deliver([...parameters, x], (...gradients) =>
        scope.host([dy, x, ...parameters], gradients, ({ rows, views }) => {
          const values = views.slice(2, 2 + count);
          if (HostLayer.#latest.get(custom) !== pass) run(rows, views[1]!, values);
          const slopes = views.slice(2 + count, 2 + 2 * count);
          for (const slope of slopes) slope.fill(0);
          custom.params = named(specs, values);
          custom.grads = named(specs, slopes);
          const dx = custom.backward(new Tensor(views[0]!, [rows, outputs]));
          views[2 + 2 * count]!.set(this.#result('backward', dx, [rows, inputs], dtype));
        }),
      ),
    );
  }

  override config(): LayerConfig {
    return this.custom.config();
  }

  /** @throws ArgumentError for what describes no parameter */
  #specs(inputSize: number): readonly ParameterSpec[] {
    const who = `${this.kind}.parameters`;
    const given = checkValue(`${who}: its result`, this.custom.parameters(inputSize), record);
    return Object.entries(given).map(([name, parameter]) => {
      const { shape, init, regularized } = checkOptions(`${who}: ${name}`, parameter, {
        shape: arrayOf(positiveInteger),
        init: optional(initializer, 'zeros'),
        regularized: optional(boolean, false),
      });
      return { name, shape, layout: 'row', regularized, init: initializerOf(init) };
    });
  }

  #outputs(inputSize: number): number {
    const outputs: unknown = this.custom.outputSize(inputSize);
    if (positiveInteger.accepts(outputs)) return outputs;
    throw new ShapeError(
      `expected ${this.kind} to give a positive integer of features for ${inputSize} but it gives ${describe(outputs)}`,
    );
  }

  #result(pass: string, value: unknown, shape: readonly number[], dtype: Dtype): TypedArray {
    return asTensor(value, `${this.kind}.${pass}: its result`, { shape, dtype, convert: true }).elements();
  }
}

function named(specs: readonly ParameterSpec[], views: readonly TypedArray[]): Record<string, Tensor> {
  return Object.fromEntries(specs.map(({ name, shape }, i) => [name, new Tensor(views[i]!, shape)]));
}
