import { afterAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../lib/backend/backend.js';
import { jsBackend } from '../../lib/backend/js/index.js';
import { loadNative } from '../../lib/backend/native.js';
import type { FloatDtype } from '../../lib/core/dtype.js';
import type { OpName } from '../../lib/ops/catalogue.js';
import { expectSame } from './comparison.js';
import { bind, Draft, viewOf } from './draft.js';

const native = loadNative();
const { isa: usual, isas, threads } = native.info();
afterAll(() => native.configure({ isa: usual, threads }));

const usually = { keep: 0.75, seed: 1234, stream: 5, step: 99 };

/** What dropout leaves of so many ones: a mask, as 0 and 1. */
function maskOf(
  backend: Backend,
  rows: number,
  cols: number,
  given: Partial<typeof usually> = {},
  dtype: FloatDtype = 'float32',
): Uint8Array {
  const draft = new Draft(dtype, rows);
  const memory = draft.buffer('memory');
  const slots = ['x', 'y'].map((name) => draft.slot(memory, name, 'batch', cols));
  const scalars = Object.entries({ ...usually, ...given, beta: 0 });
  draft.op(
    'dropout',
    slots,
    scalars.map(([name, value]) => draft.scalar(name, value)),
  );
  const program = draft.finish();
  const binding = bind(program);
  viewOf(program, binding, slots[0]!).fill(1);
  backend.compile(program).run(0, 1, rows, binding);
  return Uint8Array.from(viewOf(program, binding, slots[1]!), (value) => (value === 0 ? 0 : 1));
}

const mean = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** The correlation of two masks of the same probability, in standard deviations of that of independent ones. */
function deviations(a: Uint8Array, b: Uint8Array, keep: number): number {
  const products = a.map((value, i) => value * b[i]!);
  const variance = keep * keep * (1 - keep * keep);
  return (mean(products) - keep * keep) / Math.sqrt(variance / a.length);
}

describe('the mask of dropout', () => {
  const [rows, cols] = [201, 517];
  const expected = maskOf(jsBackend, rows, cols);

  for (const isa of isas) {
    for (const count of [1, 2]) {
      for (const dtype of ['float32', 'float64'] as const) {
        test(`has the bits of JavaScript: ${isa}, ${count} threads, ${dtype}`, () => {
          native.configure({ isa, threads: count });
          expectSame(maskOf(native, rows, cols, {}, dtype), expected, 'mask');
        });
      }
    }
  }

  test('keeps the share that it should', () => {
    for (const keep of [0.1, 0.5, 0.9]) {
      const kept = mean(maskOf(native, 256, 1024, { keep }));
      const sigma = Math.sqrt((keep * (1 - keep)) / (256 * 1024));
      expect(Math.abs(kept - keep)).toBeLessThan(4 * sigma);
    }
  });

  test('keeps all for 1, nothing for 0, and as many as 2⁻³² says', () => {
    expect(mean(maskOf(native, 100, 1000, { keep: 1 }))).toBe(1);
    expect(mean(maskOf(native, 100, 1000, { keep: 0 }))).toBe(0);
    expect(mean(maskOf(native, 100, 1000, { keep: 2 ** -32 }))).toBe(0);
  });

  test.each([
    ['step', { step: 100 }],
    ['stream', { stream: 6 }],
    ['seed', { seed: 1235 }],
    ['the upper part of the seed', { seed: 2 ** 32 + 1234 }],
  ])('is another for another %s', (_, given) => {
    const other = maskOf(native, rows, cols, given);
    expect(Math.abs(deviations(expected, other, usually.keep))).toBeLessThan(4);
  });

  test('is another in each row, whatever the width', () => {
    for (const width of [16, 64, 128, 1024]) {
      const count = 2 ** 17 / width;
      const mask = maskOf(native, count + 1, width);
      const distance = deviations(mask.subarray(0, -width), mask.subarray(width), usually.keep);
      expect(Math.abs(distance)).toBeLessThan(4);
    }
  });
});

describe('sums of columns', () => {
  const ops: readonly OpName[] = [
    'column_sum',
    'column_mean',
    'column_variance',
    'batch_norm_sums',
    'layer_norm_sums',
    'rms_norm_sums',
  ];
  const shapes = [
    [50_001, 6],
    [4096, 32],
    [2049, 70],
    [300, 300],
  ] as const;

  for (const op of ops) {
    test(`${op}: the same bits for any number of threads and any instruction set with fused multiply-add`, () => {
      for (const [rows, cols] of shapes) {
        const results = isas
          .filter((isa) => isa !== 'baseline')
          .flatMap((isa) =>
            [1, 2, 3].map((count) => {
              native.configure({ isa, threads: count });
              return sumsOf(op, rows, cols);
            }),
          );
        for (const result of results) expectSame(result, results[0]!, `${op} of (${rows}, ${cols})`);
      }
    });
  }

  function sumsOf(op: OpName, rows: number, cols: number): number[] {
    const draft = new Draft('float32', rows);
    const memory = draft.buffer('memory');
    const matrix = (name: string) => draft.slot(memory, name, 'batch', cols);
    const vector = (name: string) => draft.slot(memory, name, 1, cols);
    const column = (name: string) => draft.slot(memory, name, 'batch', 1);
    const read = {
      column_sum: [matrix],
      column_mean: [matrix],
      column_variance: [matrix, vector],
      batch_norm_sums: [matrix, matrix, vector, vector],
      layer_norm_sums: [matrix, matrix, column, column],
      rms_norm_sums: [matrix, matrix, column],
    }[op as 'column_sum']!.map((make, i) => make(`read${i}`));
    const results = ['column_variance', 'batch_norm_sums', 'layer_norm_sums'].includes(op) ? 2 : 1;
    const written = Array.from({ length: results }, (_, i) => vector(`written${i}`));
    draft.op(op, [...read, ...written], op === 'column_sum' ? [draft.scalar('beta', 0)] : []);
    const program = draft.finish();
    const binding = bind(program);
    read.forEach((slot, s) => {
      const view = viewOf(program, binding, slot);
      for (let i = 0; i < view.length; i++) view[i] = Math.sin(i * (s + 1)) + 0.1 * s;
    });
    native.compile(program).run(0, 1, rows, binding);
    return written.flatMap((slot) => [...viewOf(program, binding, slot)]);
  }
});
