import type { Dtype, FloatDtype, TypedArray } from '../core/dtype.js';
import { allocate } from '../core/memory.js';
import { Tensor } from '../core/tensors/tensor.js';
import type { Preparation, PreparationStep } from '../data/preparation/preparation.js';
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

/**
 * What a model's preparation is to its programs: constants in memory, and the ops in front of the first layer.
 *
 * Rows are prepared in double precision, and rounded to the dtype of the net at the end, since what has a large offset (seconds since
 * 1970) loses in float32 just the digits that a mean taken off would leave. In the dtype of the net, which is faster, it is done where
 * that is as good: to bytes, and to float32 rows where the constants are as good in float32; but not if a later step takes an offset
 * off what was computed from them.
 */
export class InputPreparation {
  /** The constants by the names of the programs' buffers. */
  readonly buffers: Readonly<Record<string, TypedArray>>;
  readonly inputSize: number;
  readonly #constants: ReadonlyMap<FloatDtype, Constants>;
  /** The dtypes of rows that are prepared in the dtype of the net. */
  readonly #narrow: readonly Dtype[];
  readonly #preparation: Preparation;
  readonly #dtype: FloatDtype;

  constructor(preparation: Preparation, dtype: FloatDtype) {
    const { steps, inputSize, outputSize } = preparation;
    this.#preparation = preparation;
    this.#dtype = dtype;
    this.inputSize = inputSize;
    const shiftsLater = steps.slice(1).some(({ kind }) => kind === 'shiftScale');
    this.#narrow = shiftsLater ? [] : isSameInFloat32(steps[0]!) ? ['uint8', 'float32'] : ['uint8'];
    // A projection takes and gives rows of one dtype: a step that changes nothing else converts what it is given …
    const converted = steps[0]!.kind === 'project' ? [identity(inputSize), ...steps] : steps;
    // … and rounds what it gives.
    const rounded = converted.at(-1)!.kind === 'project' ? [...converted, identity(outputSize)] : converted;
    const constants = [new Constants(converted, dtype)];
    if (dtype === 'float32') constants.push(new Constants(rounded, 'float64'));
    this.#constants = new Map(constants.map((each) => [each.dtype, each]));
    this.buffers = Object.fromEntries(constants.map(({ name, buffer }) => [name, buffer]));
  }

  /**
   * For whoever found something that is not finite in what the rows became.
   * @param rows (N · inputSize) elements
   * @throws ArgumentError where finite numbers become, once prepared, others than the dtype of the net can hold
   */
  refuseOverflow(who: string, name: string, rows: TypedArray): void {
    this.#preparation.refuseOverflow(who, name, rows, this.#dtype);
  }

  /** The ops on rows that are given in a dtype. */
  bind(builder: ProgramBuilder, rows: Dtype): BoundPreparation {
    const bound = new Map<FloatDtype, readonly BoundStep[]>();
    const stepsIn = (dtype: FloatDtype) => {
      const steps = bound.get(dtype) ?? this.#constants.get(dtype)!.bind(builder);
      bound.set(dtype, steps);
      return steps;
    };
    const dtype = this.#narrow.includes(rows) ? builder.dtype : 'float64';
    return new BoundPreparation(builder, dtype, stepsIn);
  }
}

/** The ops of a preparation in one program. */
export class BoundPreparation {
  readonly #builder: ProgramBuilder;
  readonly #dtype: FloatDtype;
  readonly #stepsIn: (dtype: FloatDtype) => readonly BoundStep[];
  readonly #steps: readonly BoundStep[];

  /**
   * @param dtype what rows are prepared in; gradients are in the program's
   * @param stepsIn declares the constants of a dtype
   */
  constructor(
    builder: ProgramBuilder,
    dtype: FloatDtype,
    stepsIn: (dtype: FloatDtype) => readonly BoundStep[],
  ) {
    this.#builder = builder;
    this.#dtype = dtype;
    this.#stepsIn = stepsIn;
    this.#steps = stepsIn(dtype);
  }

  /** Raw rows x (batch, D) → what the first layer takes, (batch, K). */
  forward(x: BuilderSlot): BuilderSlot {
    return this.#forward(x, 0);
  }

  /** The same of rows that are gathered from a data set, shifted and scaled on the way. */
  gather(data: BuilderSlot, rows: BuilderSlot): BuilderSlot {
    const [first] = this.#steps;
    if (first?.kind !== 'shiftScale') throw new Error('expected a preparation to begin with a shift');
    const x = this.#activation('x', data.cols, 0);
    const { shift, scale } = first;
    this.#builder.emit('gather_normalized', { data, rows, shift, scale, x }, {});
    return this.#forward(x, 1);
  }

  /** The gradient by what the first layer takes → the gradient by the raw rows. */
  backward(dy: BuilderSlot): BuilderSlot {
    const builder = this.#builder;
    builder.label('preparation');
    return this.#stepsIn(builder.dtype).reduceRight((d, step) => {
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

  /** The steps from one on. */
  #forward(x: BuilderSlot, begin: number): BuilderSlot {
    const builder = this.#builder;
    builder.label('preparation');
    return this.#steps.slice(begin).reduce((from, step, i) => {
      if (step.kind === 'shiftScale') {
        const y = this.#activation('prepared', from.cols, begin + i);
        builder.emit('normalize', { x: from, shift: step.shift, scale: step.scale, y }, {});
        return y;
      }
      const y = this.#activation('projected', step.components.rows as number, begin + i);
      builder.emit('gemm_nt', { a: from, b: step.components, c: y }, { alpha: 1, beta: 0 });
      return y;
    }, x);
  }

  /** What a step gives: rounded by the last one. */
  #activation(name: string, cols: number, step: number): BuilderSlot {
    const last = step === this.#steps.length - 1;
    return this.#builder.activation(name, 'batch', cols, last ? this.#builder.dtype : this.#dtype);
  }
}

/** The constants of steps in one dtype, one behind the other. */
class Constants {
  readonly dtype: FloatDtype;
  readonly name: string;
  readonly buffer: TypedArray;
  readonly #steps: readonly PreparationStep[];

  constructor(steps: readonly PreparationStep[], dtype: FloatDtype) {
    this.dtype = dtype;
    this.name = `preparation of ${dtype}`;
    this.#steps = steps;
    const constants = steps.flatMap((step) => constantsOf(step).map(({ values }) => values));
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

  bind(builder: ProgramBuilder): readonly BoundStep[] {
    const buffer = builder.buffer(this.name, this.dtype);
    let offset = 0;
    return this.#steps.map((step) => {
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
  }
}

/** Whether float32 constants shift float32 rows by no more than the result is rounded by, where that is of the size of 1. */
function isSameInFloat32(step: PreparationStep): boolean {
  if (step.kind === 'project') return true;
  const [shifts, scales] = [step.shift.elements(), step.scale.elements()];
  return shifts.every((shift, j) => {
    const scale = Math.abs(scales[j]!);
    const normal = scale === 0 || (scale >= 2 ** -126 && scale <= 2 ** 127);
    return normal && Math.abs(Math.fround(shift) - shift) * scale <= 2 ** -22;
  });
}

/** (x − 0)·1 */
function identity(columns: number): PreparationStep {
  const shift = new Tensor(new Float64Array(columns));
  return { kind: 'shiftScale', shift, scale: new Tensor(new Float64Array(columns).fill(1)) };
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
