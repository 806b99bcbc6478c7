import { test } from 'vitest';
import { arrayTypes, type FloatDtype } from '../../../lib/core/dtype.js';
import type { OpName } from '../../../lib/ops/catalogue.js';
import { signatures } from '../../../lib/ops/signature.js';
import { expectClose, tolerance } from '../comparison.js';
import type { Load } from '../conformance.js';
import { bind, Draft, viewOf } from '../draft.js';
import { smallestNormal } from '../interpret.js';
import { type AttributeValues, type Grids, reference, type ScalarValues } from '../reference.js';

/** From what vanishes beside 1 to the largest number; those whose squares, or whose differences, leave the range of the dtype too. */
const extremes: Readonly<Record<FloatDtype, readonly number[]>> = {
  float32: [0, 1e-30, 0.5, 1, 1e4, 1.5e19, 2e19, 1e30, 1.5e38, 3e38],
  float64: [0, 1e-200, 0.5, 1, 1e4, 1e150, 1e160, 1e300, 0.8e308, 1.7e308],
};
const bothSigns = (values: readonly number[]) =>
  values.flatMap((value) => (value === 0 ? [0] : [value, -value]));

/** Two scores a row, every pair of extremes, with what it is measured by. */
const losses: Readonly<Partial<Record<OpName, 'labels' | 'weights' | 'numbers' | 'counts'>>> = {
  softmax_cross_entropy: 'labels',
  softmax_cross_entropy_targets: 'weights',
  cross_entropy: 'labels',
  hinge: 'labels',
  cross_entropy_targets: 'weights',
  squared_hinge: 'labels',
  focal: 'labels',
  mse: 'numbers',
  absolute_error: 'numbers',
  huber: 'numbers',
  log_cosh: 'numbers',
  kl_divergence: 'weights',
  poisson_nll: 'counts',
  bce_with_logits: 'weights',
  quantile: 'numbers',
};
const scalars: Readonly<Partial<Record<OpName, Readonly<Record<string, number>>>>> = {
  focal: { gamma: 2 },
  huber: { delta: 0.75, factor: 0.5 },
};
/** What columns have, beside scores and targets. */
const ofColumns: Readonly<Partial<Record<OpName, readonly number[]>>> = {
  bce_with_logits: [1, 2],
  quantile: [0.25, 0.75],
};
const counts = [
  [0, 1],
  [2, 30],
];

const weights = [
  [1, 0],
  [0, 1],
  [0.3, 0.7],
  [0.5, 0],
  [0, 0],
];

export function testExtremeValues(backend: Load): void {
  for (const dtype of ['float32', 'float64'] as const) {
    const values = bothSigns(extremes[dtype]).map((value) =>
      dtype === 'float32' ? Math.fround(value) : value,
    );
    const pairs = values.flatMap((first) => values.map((second) => [first, second]));

    for (const [op, by] of Object.entries(losses) as [OpName, string][]) {
      test(`${op}, ${dtype}: what fits into the dtype is finite, and right`, () => {
        const aims: readonly (readonly number[])[] =
          by === 'labels'
            ? [[0], [1]]
            : by === 'weights'
              ? weights
              : by === 'counts'
                ? counts
                : [...pairs.slice(0, 7), [1, -1], [-3e38, 2e19]];
        const rows = pairs.flatMap((scores) => aims.map((aim) => ({ scores, aim })));
        const columns = ofColumns[op];
        expectReference(
          backend,
          op,
          dtype,
          [
            rows.map(({ scores }) => scores),
            rows.map(({ aim }) => aim),
            ...(columns === undefined ? [] : [[columns]]),
          ],
          scalars[op] ?? { factor: 0.5 },
        );
      });
    }

    test(`mean, add_l2, add_l1 and norm, ${dtype}: sums of extremes`, () => {
      for (const value of [...values, 1e-25, 1e-35]) {
        for (const count of [1, 3, 5000]) {
          const column = Array.from({ length: count }, (_, i) => [i % 3 === 0 ? 1 : Math.abs(value)]);
          expectReference(backend, 'mean', dtype, [column], { loss: 0 });
          expectReference(backend, 'add_l1', dtype, [column], { l1: 1e-40, loss: 1 });
          expectReference(backend, 'norm', dtype, [column], { norm: 0 });
          expectReference(backend, 'norm', dtype, [column.map(() => [value])], { norm: 0 });
          expectReference(backend, 'add_l2', dtype, [column], { reg: 1e-40, loss: 1 });
        }
      }
    });

    test(`limit_rows, ${dtype}: rows of extremes`, () => {
      // By a factor that is a normal number in float32.
      expectReference(backend, 'limit_rows', dtype, [pairs], { maxNorm: 1000 });
    });

    for (const op of ['adam', 'adamw', 'amsgrad', 'amsgradw'] as const) {
      test(`${op}, ${dtype}: the first step is the learning rate for gradients of any size`, () => {
        // As long as (1 − β2)·g² fits into the dtype.
        const most = dtype === 'float32' ? 20 : 155;
        const sizes = Array.from(
          { length: 2 * (most + 3) },
          (_, i) => (i % 2 ? -5 : 5) * 10 ** (Math.floor(i / 2) - 3),
        );
        const draft = new Draft(dtype, 1);
        const memory = draft.buffer('memory');
        const names = signatures[op].operands.map(({ name }) => name);
        const slots = names.map((name) => draft.slot(memory, name, 1, sizes.length));
        const scalars = {
          learningRate: 0.125,
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-20,
          t: 1,
          weightDecay: 0,
        };
        draft.op(
          op,
          slots,
          Object.entries(scalars).map(([name, value]) => draft.scalar(name, value)),
        );
        const program = draft.finish();
        const binding = bind(program);
        viewOf(program, binding, slots[1]!).set(sizes);
        backend().compile(program).run(0, 1, 1, binding);
        const moved = sizes.map((size) => -0.125 * Math.sign(size));
        expectClose(viewOf(program, binding, slots[0]!), moved, tolerance[dtype], op);
      });
    }
  }
}

/** Runs an op on its read operands, and compares all that it writes with the reference, rounded to the dtype. */
function expectReference(
  backend: Load,
  op: OpName,
  dtype: FloatDtype,
  read: readonly (readonly (readonly number[])[])[],
  given: Readonly<Record<string, number>> = {},
): void {
  const { operands, scalars } = signatures[op];
  const draft = new Draft(dtype, 1);
  const shapes = new Map<string, number>();
  operands.forEach((operand, i) => {
    if (i >= read.length) return;
    shapes.set(operand.rows, read[i]!.length).set(operand.cols, read[i]![0]!.length);
  });
  const size = (symbol: string) => (/\d/.test(symbol) ? Number(symbol) : shapes.get(symbol)!);
  const slots = operands.map(({ name, rows, cols, dtype: type }) =>
    draft.slot(draft.buffer(name, type === 'int32' ? 'int32' : dtype), name, size(rows), size(cols)),
  );
  draft.op(
    op,
    slots,
    scalars.map(({ name }) => draft.scalar(name, given[name]!)),
  );
  const program = draft.finish();
  const binding = bind(program);
  read.forEach((rows, i) => {
    viewOf(program, binding, slots[i]!).set(rows.flat());
  });
  const grids = Object.fromEntries(
    operands.map(({ name, cols }, i) => {
      const flat = [...viewOf(program, binding, slots[i]!)];
      const width = size(cols);
      return [
        name,
        Array.from({ length: flat.length / width }, (_, row) => flat.slice(row * width, (row + 1) * width)),
      ];
    }),
  ) as Grids;
  const results = { ...given } as unknown as ScalarValues;
  reference[op](grids, results, smallestNormal[dtype], {} as AttributeValues);
  backend().compile(program).run(0, 1, 1, binding);
  operands.forEach(({ name, written }, i) => {
    if (!written) return;
    const type = arrayTypes[dtype];
    const [got, want] = [viewOf(program, binding, slots[i]!), type.from(grids[name as keyof Grids].flat())];
    expectClose(got, want, tolerance[dtype], `${op}: ${name}`);
  });
  scalars.forEach(({ name, written }, i) => {
    if (written)
      expectClose(
        [binding.scalars[i]!],
        [results[name as keyof ScalarValues]],
        tolerance[dtype],
        `${op}: ${name}`,
      );
  });
}
