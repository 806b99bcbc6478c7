import type { FloatDtype, TypedArray } from '../core/dtype.js';
import { allocate } from '../core/memory.js';
import type { Preparation, PreparationStep } from '../data/preparation.js';
import type { BuilderSlot, ProgramBuilder } from '../ops/builder.js';

/** A step of a preparation with its constants as slots. */
type BoundStep =
  | {
      readonly kind: 'shiftScale';
      readonly shift: BuilderSlot;
      readonly scale: BuilderSlot;
      readonly zero: BuilderSlot;
    }
  | { readonly kind: 'project'; readonly components: BuilderSlot };

/** What a model's preparation is to its programs: constants in one memory, and the ops in front of the first layer. */
export class InputPreparation {
  /** The constants of all steps, one behind the other, in the dtype of the net. */
  readonly buffer: TypedArray;
  readonly inputSize: number;
  readonly #steps: readonly PreparationStep[];

  constructor(preparation: Preparation, dtype: FloatDtype) {
    this.inputSize = preparation.inputSize;
    this.#steps = preparation.steps;
    const constants = this.#steps.flatMap((step) => constantsOf(step).map(({ values }) => values));
    this.buffer = allocate(
      dtype,
      constants.reduce((length, values) => length + values.length, 0),
    );
    let offset = 0;
    for (const values of constants) {
      this.buffer.set(values, offset);
      offset += values.length;
    }
  }

  /** Declares the constants in a program. */
  bind(builder: ProgramBuilder): BoundPreparation {
    const buffer = builder.buffer('preparation');
    let offset = 0;
    const steps = this.#steps.map((step) => {
      const slots = constantsOf(step).map(({ name, values, rows }) => {
        const slot = builder.at(buffer, offset, name, rows, values.length / rows);
        offset += values.length;
        return slot;
      });
      const [first, second, third] = slots as [BuilderSlot, BuilderSlot, BuilderSlot];
      return step.kind === 'shiftScale'
        ? { kind: step.kind, shift: first, scale: second, zero: third }
        : { kind: step.kind, components: first };
    });
    return new BoundPreparation(builder, steps);
  }
}

/** The ops of a preparation in one program. */
export class BoundPreparation {
  readonly #builder: ProgramBuilder;
  readonly #steps: readonly BoundStep[];

  constructor(builder: ProgramBuilder, steps: readonly BoundStep[]) {
    this.#builder = builder;
    this.#steps = steps;
  }

  /** Raw rows x (batch, D) → what the first layer takes, (batch, K). */
  forward(x: BuilderSlot): BuilderSlot {
    return this.#forward(x, this.#steps);
  }

  /** The same of rows that are gathered from a data set, shifted and scaled on the way. */
  gather(data: BuilderSlot, rows: BuilderSlot): BuilderSlot {
    const builder = this.#builder;
    const x = builder.activation('x', 'batch', data.cols);
    const [first, ...rest] = this.#steps;
    if (first?.kind === 'shiftScale') {
      builder.emit('gather_normalized', { data, rows, shift: first.shift, scale: first.scale, x }, {});
      // Shift and scale are done.
      return this.#forward(x, rest);
    }
    builder.emit('gather', { data, rows, x }, {});
    return this.#forward(x, this.#steps);
  }

  /** The gradient by what the first layer takes → the gradient by the raw rows. */
  backward(dy: BuilderSlot): BuilderSlot {
    const builder = this.#builder;
    builder.label('preparation');
    return this.#steps.reduceRight((d, step) => {
      if (step.kind === 'shiftScale') {
        const dx = builder.activation('dx', 'batch', d.cols);
        builder.emit('normalize', { x: d, shift: step.zero, scale: step.scale, y: dx }, {});
        return dx;
      }
      const dx = builder.activation('dx', 'batch', step.components.cols);
      builder.emit('gemm_nn', { a: d, b: step.components, c: dx }, { alpha: 1, beta: 0 });
      return dx;
    }, dy);
  }

  #forward(x: BuilderSlot, steps: readonly BoundStep[]): BuilderSlot {
    const builder = this.#builder;
    builder.label('preparation');
    return steps.reduce((from, step) => {
      if (step.kind === 'shiftScale') {
        const y = builder.activation('prepared', 'batch', from.cols);
        builder.emit('normalize', { x: from, shift: step.shift, scale: step.scale, y }, {});
        return y;
      }
      const y = builder.activation('projected', 'batch', step.components.rows as number);
      builder.emit('gemm_nt', { a: from, b: step.components, c: y }, { alpha: 1, beta: 0 });
      return y;
    }, x);
  }
}

interface Constant {
  readonly name: string;
  readonly values: TypedArray;
  readonly rows: number;
}

function constantsOf(step: PreparationStep): readonly Constant[] {
  if (step.kind === 'project') {
    const { components } = step;
    return [{ name: 'components', values: components.data, rows: components.shape[0]! }];
  }
  const { shift, scale } = step;
  return [
    { name: 'shift', values: shift.data, rows: 1 },
    { name: 'scale', values: scale.data, rows: 1 },
    // What gradients are shifted by.
    { name: 'zero', values: new Float64Array(shift.size), rows: 1 },
  ];
}
