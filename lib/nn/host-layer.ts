import type { FloatDtype, TypedArray } from '../core/dtype.js';
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
import type { BuilderSlot, ProgramBuilder } from '../ops/builder.js';
import type { CustomLayer } from './custom-layer.js';
import { initializer, initializerOf } from './initializers.js';
import {
  type BackwardOptions,
  type BoundParameter,
  Layer,
  type LayerConfig,
  type ParameterSpec,
  type Saved,
} from './layer.js';

/** A user's layer in a program: two host instructions that call its `forward` and `backward`. */
export class HostLayer extends Layer {
  readonly custom: CustomLayer;
  /** Which forward pass left its traces on the user's layer last; each program has an object of its own. */
  static readonly #latest = new WeakMap<CustomLayer, object>();
  /** The forward pass, by its output, that a backward pass belongs to. */
  readonly #passes = new WeakMap<BuilderSlot, object>();

  constructor(custom: CustomLayer) {
    super();
    this.custom = custom;
  }

  override get kind(): string {
    return this.custom.kind;
  }

  override get inputSize(): number | undefined {
    return this.custom.inputSize;
  }

  override outputSize(inputSize: number): number {
    return this.custom.outputSize(inputSize);
  }

  /** @throws ArgumentError for what describes no parameter */
  override parameters(inputSize: number): readonly ParameterSpec[] {
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

  override forward(
    builder: ProgramBuilder,
    x: BuilderSlot,
    parameters: readonly BoundParameter[],
  ): BuilderSlot {
    const y = builder.activation(this.kind, x.rows, this.outputSize(x.cols));
    const pass = {};
    this.#passes.set(y, pass);
    const count = parameters.length;
    const specs = this.parameters(x.cols);
    builder.host([x, ...parameters.map(({ slot }) => slot)], [y], ({ rows, views }) => {
      const output = this.#forward(rows, x.cols, views[0]!, specs, views.slice(1, 1 + count));
      HostLayer.#latest.set(this.custom, pass);
      views[1 + count]!.set(this.#result('forward', output, [rows, y.cols], builder.dtype));
    });
    return y;
  }

  override backward(
    builder: ProgramBuilder,
    dy: BuilderSlot,
    { x, y, parameters }: Saved,
    { beta, inputGradient }: BackwardOptions,
  ): BuilderSlot | undefined {
    const dx = inputGradient ? builder.activation(`d${this.kind}`, x.rows, x.cols) : undefined;
    const accumulates = beta !== 0;
    const gradients = parameters.map(({ gradient }) =>
      accumulates ? builder.activation(`d${gradient.name}`, 1, gradient.cols) : gradient,
    );
    const pass = this.#passes.get(y);
    const count = parameters.length;
    const specs = this.parameters(x.cols);
    const writes = [...gradients, ...(dx === undefined ? [] : [dx])];
    builder.host([dy, x, ...parameters.map(({ slot }) => slot)], writes, ({ rows, views }) => {
      const values = views.slice(2, 2 + count);
      if (pass === undefined || HostLayer.#latest.get(this.custom) !== pass) {
        this.#forward(rows, x.cols, views[1]!, specs, values);
        HostLayer.#latest.set(this.custom, pass ?? {});
      }
      const gradientViews = views.slice(2 + count, 2 + 2 * count);
      for (const view of gradientViews) view.fill(0);
      this.custom.params = this.#named(specs, values);
      this.custom.grads = this.#named(specs, gradientViews);
      const result = this.custom.backward(new Tensor(views[0]!, [rows, dy.cols]));
      const elements = this.#result('backward', result, [rows, x.cols], builder.dtype);
      if (dx !== undefined) views[2 + 2 * count]!.set(elements);
    });
    if (accumulates) {
      // The sum over the one row of the new gradient, plus beta times what is there.
      for (const [index, { gradient }] of parameters.entries()) {
        builder.emit('column_sum', { x: gradients[index]!, y: gradient }, { beta });
      }
    }
    return dx;
  }

  override config(): LayerConfig {
    return this.custom.config();
  }

  #forward(
    rows: number,
    cols: number,
    x: TypedArray,
    specs: readonly ParameterSpec[],
    values: readonly TypedArray[],
  ): unknown {
    this.custom.params = this.#named(specs, values);
    return this.custom.forward(new Tensor(x, [rows, cols]));
  }

  #named(specs: readonly ParameterSpec[], views: readonly TypedArray[]): Record<string, Tensor> {
    return Object.fromEntries(specs.map(({ name, shape }, i) => [name, new Tensor(views[i]!, shape)]));
  }

  #result(pass: string, value: unknown, shape: readonly number[], dtype: FloatDtype): TypedArray {
    return asTensor(value, `${this.kind}.${pass}: its result`, { shape, dtype, convert: true }).elements();
  }
}
