import { expect, test } from 'vitest';
import type { FloatDtype, TypedArray } from '../../../lib/core/dtype.js';
import { type OpName, opNames } from '../../../lib/ops/catalogue.js';
import { signatures } from '../../../lib/ops/signature.js';
import { cases } from '../cases.js';
import { expectClose, expectCloseOrNonFinite, tolerance } from '../comparison.js';
import type { Load } from '../conformance.js';
import { type Prepared, prepare } from '../single-op.js';

const dtypes: readonly FloatDtype[] = ['float32', 'float64'];

export function testSpecialValues(backend: Load): void {
  for (const dtype of dtypes) {
    for (const op of opNames) {
      if (floatsRead(op).length === 0) continue;
      test(`${op}, ${dtype}: in each element in turn`, () => {
        for (const name of floatsRead(op)) {
          for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
            expectPropagation(backend, op, dtype, name, value);
          }
        }
      });
    }

    for (const op of opNames) {
      for (const name of floatsRead(op)) {
        test(`${op}, ${dtype}: a NaN in ${name} comes out`, () => {
          const trial = tiny(op, dtype);
          const elements = prepare(trial).view(name).length;
          for (let i = 0; i < elements; i++) {
            const prepared = prepare(trial);
            // All rows of a data set are in the batch.
            if (op.startsWith('gather'))
              prepared.view('rows').forEach((_, at, rows) => {
                rows[at] = at % trial.sizes.r!;
              });
            prepared.view(name)[i] = Number.NaN;
            prepared.run(backend().compile(prepared.program));
            const written = signatures[op].operands.filter((each) => each.written);
            const outputs = written.flatMap((each) => [...prepared.view(each.name)]);
            const visible = [...outputs, ...prepared.binding.scalars].some(Number.isNaN);
            const hidden = hiddenNaN[op]?.(name, i, prepared) ?? false;
            expect(visible, `${name}[${i}]`).toBe(!hidden);
          }
        });
      }
    }

    for (const op of opNames) {
      const { operands, scalars } = signatures[op];
      const result = operands.find(({ read, written }) => read && written)?.name;
      if (result === undefined || !scalars.some(({ name }) => name === 'beta')) continue;
      test(`${op}, ${dtype}: beta = 0 does not read what it overwrites`, () => {
        for (const sizes of cases[op].shapes) {
          const given = { ...cases[op].scalars[0]!, beta: 0 };
          const prepared = prepare({ ...tiny(op, dtype), sizes, scalars: given });
          prepared.view(result).fill(Number.NaN);
          expectRun(backend, prepared, dtype, `${op} of ${JSON.stringify(sizes)}`);
          expect(prepared.view(result).every(Number.isFinite)).toBe(true);
        }
      });
    }

    test(`softmax and softmax_cross_entropy, ${dtype}: scores of any size`, () => {
      for (const size of [1e3, 1e30]) {
        const softmax = prepare({ ...tiny('softmax', dtype) });
        alternate(softmax.view('x'), size);
        expectRun(backend, softmax, dtype, `softmax of ±${size}`);
        expect(softmax.view('y').every(Number.isFinite)).toBe(true);
        const loss = prepare({ ...tiny('softmax_cross_entropy', dtype) });
        alternate(loss.view('scores'), size);
        expectRun(backend, loss, dtype, `softmax_cross_entropy of ±${size}`);
        expect(loss.view('losses').every(Number.isFinite)).toBe(true);
      }
    });

    test(`cross_entropy, ${dtype}: a probability of 0 has a finite loss`, () => {
      const prepared = prepare(tiny('cross_entropy', dtype));
      prepared.view('probs').fill(0);
      expectRun(backend, prepared, dtype, 'cross_entropy of zeros');
      expect(prepared.view('losses').every(Number.isFinite)).toBe(true);
      expect(prepared.view('dprobs').every(Number.isFinite)).toBe(true);
    });

    test(`activations, ${dtype}: saturate, and overflow nowhere`, () => {
      const largest = dtype === 'float32' ? 3e38 : 1.7e308;
      for (const op of saturating) {
        for (const size of [15, 45, 90, 110, 700, 760, 1e4, 1e15, 1e30, largest]) {
          const prepared = prepare(tiny(op, dtype));
          alternate(prepared.view('x'), size);
          expectRun(backend, prepared, dtype, `${op} of ±${size}`);
          const result = prepared.view(op.endsWith('_backward') ? 'dx' : 'y');
          expect(result.every(Number.isFinite), `${op} of ±${size} is finite`).toBe(true);
        }
      }
    });

    test(`activations, ${dtype}: their limits`, () => {
      for (const [op, atMinusInfinity, atInfinity] of limits) {
        const prepared = prepare(tiny(op, dtype));
        if (op.endsWith('_backward')) prepared.view('dy').fill(1);
        alternate(prepared.view('x'), Number.POSITIVE_INFINITY);
        prepared.run(backend().compile(prepared.program));
        const [first, second] = prepared.view(op.endsWith('_backward') ? 'dx' : 'y');
        expectClose([first!, second!], [atInfinity, atMinusInfinity], tolerance[dtype], op);
      }
    });

    test(`row_max_backward, ${dtype}: to the first of equals`, () => {
      const prepared = prepare(tiny('row_max_backward', dtype));
      prepared.view('x').fill(-3);
      prepared.view('x')[3] = 4;
      prepared.view('x')[4] = 4;
      prepared.view('dy').set([5, 7]);
      prepared.run(backend().compile(prepared.program));
      expect([...prepared.view('dx')]).toEqual([0, 0, 0, 5, 0, 7, 0, 0, 0, 0]);
    });

    test(`argmax, ${dtype}: the first of equals`, () => {
      const prepared = prepare(tiny('argmax', dtype));
      prepared.view('x').fill(-3);
      prepared.view('x')[3] = 4;
      prepared.view('x')[4] = 4;
      expectRun(backend, prepared, dtype, 'argmax of equals');
      expect([...prepared.view('labels')]).toEqual([3, 0]);
    });
  }
}

/** Where a NaN does not come out, since the op does not read it or has no number for it. */
const hiddenNaN: Partial<Record<OpName, (name: string, i: number, { view }: Prepared) => boolean>> = {
  // A NaN in y is in what y becomes as well, and lets the gradient pass; where y is 0, no gradient passes.
  relu_backward: (name, i, { view }) => name === 'y' || view('y')[i]! <= 0,
  // A NaN in x is in y as well, and lets the gradient pass.
  leaky_relu_backward: (name) => name === 'x',
  // A NaN in y lets the gradient pass; where y is 0 or 1, none passes.
  hardsigmoid_backward: (name, i, { view }) => name === 'y' || view('y')[i]! <= 0 || view('y')[i]! >= 1,
  // A slope counts where its column is not positive; a NaN in x is in y as well.
  prelu: (name, i, { view }) => name === 'slope' && !hasNegative(view('x'), i, view('slope').length),
  prelu_backward: (name, i, { view }) =>
    name === 'x' || (name === 'slope' && !hasNegative(view('x'), i, view('slope').length)),
  prelu_slope: (name, i, { view }) => name === 'dy' && view('x')[i]! > 0,
  // Labels are integers: the place of the NaN, as in NumPy. Who needs to know looks at the scores.
  argmax: () => true,
  // A NaN in x is in y as well, and takes the gradient.
  row_max_backward: (name) => name === 'x',
  // Nothing is read below the diagonal.
  syrk: (name, i, { view }) => {
    const size = Math.sqrt(view('c').length);
    return name === 'c' && i % size < Math.floor(i / size);
  },
  // The gradient goes to the NaN, as to the largest.
  max_pool_backward: (name) => name === 'x',
  // Of the sums only that of the shares, and of the rows' weights only those of the losses are read.
  weigh_rows: (name, i) => (name === 'sums' && i === 0) || (name === 'weights' && i % 2 === 1),
  // Only the probability of the label is read. A softmax before it fills the whole row with NaN.
  cross_entropy: (_, i, { view }) => {
    const cols = view('probs').length / view('labels').length;
    return view('labels')[Math.floor(i / cols)] !== i % cols;
  },
};

/** Whether column j of the rows x has a value below 0. */
const hasNegative = (x: TypedArray, j: number, cols: number) =>
  Array.from(x).some((value, i) => i % cols === j && value <= 0);

/** Functions of x, and those derivatives that are computed from x. */
const saturating = [
  'relu',
  'leaky_relu',
  'elu',
  'sigmoid',
  'tanh',
  'softplus',
  'hardsigmoid',
  'gelu',
  'gelu_backward',
  'gelu_tanh',
  'gelu_tanh_backward',
  'silu',
  'silu_backward',
  'mish',
  'mish_backward',
] as const;

/** The values for x → −∞ and x → ∞; a gate that is shut is stronger than any x. */
const limits: readonly (readonly [op: OpName, atMinusInfinity: number, atInfinity: number])[] = [
  ['relu', 0, Number.POSITIVE_INFINITY],
  ['leaky_relu', Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  ['elu', -1, Number.POSITIVE_INFINITY],
  ['selu', -1.7580993408473766, Number.POSITIVE_INFINITY],
  ['sigmoid', 0, 1],
  ['tanh', -1, 1],
  ['softplus', 0, Number.POSITIVE_INFINITY],
  ['hardsigmoid', 0, 1],
  ['gelu', 0, Number.POSITIVE_INFINITY],
  ['gelu_backward', 0, 1],
  ['gelu_tanh', 0, Number.POSITIVE_INFINITY],
  ['gelu_tanh_backward', 0, 1],
  ['silu', 0, Number.POSITIVE_INFINITY],
  ['silu_backward', 0, 1],
  ['mish', 0, Number.POSITIVE_INFINITY],
  ['mish_backward', 0, 1],
];

/** Operands that can hold a NaN. */
const floatsRead = (op: OpName) =>
  signatures[op].operands.filter(({ read, dtype }) => read && dtype !== 'int32').map(({ name }) => name);

const tiny = (op: OpName, dtype: FloatDtype) => ({
  op,
  dtype,
  sizes: cases[op].tiny,
  scalars: cases[op].scalars[0]!,
  any: dtype,
  layout: 'separate' as const,
  batched: false,
});

function alternate(values: TypedArray, size: number): void {
  for (let i = 0; i < values.length; i++) values[i] = i % 2 === 0 ? size : -size;
}

function expectPropagation(backend: Load, op: OpName, dtype: FloatDtype, name: string, value: number): void {
  const elements = prepare(tiny(op, dtype)).view(name).length;
  for (let i = 0; i < elements; i++) {
    const prepared = prepare(tiny(op, dtype));
    prepared.view(name)[i] = value;
    expectRun(backend, prepared, dtype, `${op} where ${name}[${i}] is ${value}`, !Number.isNaN(value));
  }
}

function expectRun(backend: Load, prepared: Prepared, dtype: FloatDtype, what: string, loose = false): void {
  const compare = loose ? expectCloseOrNonFinite : expectClose;
  const want = prepared.expected();
  // What does not fit into the dtype is infinite in it.
  const rounded = want.buffers.map((values, i) => {
    return Array.from(prepared.binding.buffers[i] instanceof Float32Array ? values.map(Math.fround) : values);
  });
  prepared.run(backend().compile(prepared.program));
  prepared.binding.buffers.forEach((buffer, i) => {
    compare(buffer, rounded[i]!, tolerance[dtype], `${what}, buffer ${i}`);
  });
  compare(prepared.binding.scalars, want.scalars, tolerance[dtype], `${what}, scalars`);
}
