import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backendInfo, configure } from '../../lib/backend/index.js';
import { arrayTypes, type Dtype, type TypedArray } from '../../lib/core/dtype.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { Tensor } from '../../lib/core/tensors/tensor.js';
import { Preparation } from '../../lib/data/preparation/preparation.js';
import { standardize, subtractMean } from '../../lib/data/preparation/standardize.js';

/** Columns of all kinds: pixels, constants, far from 0, denormal, both zeros, large. */
function rowsOf(dtype: Dtype, count: number, width: number): Tensor {
  const rng = new RandomState(count + width);
  const uniform = rng.rand(count, width);
  const large = dtype === 'float64' ? 1e300 : 1e30;
  const columns: readonly ((u: number) => number)[] = [
    (u) => u * 255,
    (u) => 200 + u * 50,
    () => 0.1,
    (u) => 1.7e9 + Math.floor(u * 9),
    (u) => (u - 0.5) * 1e-40,
    (u) => (u < 0.5 ? -0 : 0),
    (u) => (u - 0.5) * large,
  ];
  const whole = dtype === 'uint8' || dtype === 'int32';
  const data = new arrayTypes[dtype](count * width);
  for (let i = 0; i < data.length; i++) {
    data[i] = columns[(i % width) % (whole ? 4 : columns.length)]!(uniform.data[i]!);
  }
  return new Tensor(data, [count, width]);
}

/** The mean of a column and its deviation, in one sum after the other: again around the mean if that lies far from 0. */
function naive(column: readonly number[]): { mean: number; std: number } {
  // Of two zeros, the first.
  const min = column.reduce((least, x) => (x < least ? x : least));
  const max = column.reduce((most, x) => (x > most ? x : most));
  const around = (center: number) => {
    let sum = 0;
    for (const x of column) sum += x - center;
    return Math.min(Math.max(center + sum / column.length, min), max);
  };
  const first = around(0);
  const far = max > min && max - min < Math.abs(first);
  const mean = far ? around(first) : first;
  // Squares of numbers beyond 2^±200 are scaled by a power of two.
  const reach = Math.max(max / 2 - mean / 2, mean / 2 - min / 2);
  const near = reach === 0 || (reach > 2 ** -200 && reach < 2 ** 200);
  const scale = near ? 1 : 2 ** -Math.max(-1000, Math.min(1000, Math.ceil(Math.log2(reach)) + 1));
  let sum = 0;
  let squares = 0;
  for (const x of column) {
    const off = x * scale - mean * scale;
    sum += off;
    squares += off * off;
  }
  const n = column.length;
  return { mean, std: min === max ? 1 : Math.sqrt((squares - sum ** 2 / n) / n) / scale };
}

/** Fails at the first number of other bits. */
function expectBits(got: TypedArray, want: TypedArray): void {
  expect(got.length).toBe(want.length);
  const at = got.findIndex((value: number, i: number) => !Object.is(value, want[i]));
  if (at >= 0) expect.fail(`[${at}] is ${got[at]}, not ${want[at]}`);
}

describe.each([
  ['native', 1],
  ['native', 2],
  ['js', 1],
] as const)('on %s with %d threads, bit for bit as in plain loops:', (backend, threads) => {
  const before = backendInfo();
  beforeAll(() => void configure(backend === 'js' ? { backend } : { backend, threads }));
  afterAll(() => {
    if (backend === 'native') configure({ threads: before.threads });
    configure({ backend: before.backend });
  });

  describe.each(['uint8', 'int32', 'float32', 'float64'] as const)('%s', (dtype) => {
    // One row, rows and columns around the sizes of registers and panels, and as many as two threads share.
    test.each([
      [1, 1],
      [2, 3],
      [5, 17],
      [33, 64],
      [130, 257],
      [19, 1100],
      [3001, 30],
    ])('%d rows of %d', (count, width) => {
      const X = rowsOf(dtype, count, width);
      const columns = Array.from({ length: width }, (_, j) =>
        naive(Array.from({ length: count }, (_, i) => X.data[i * width + j]!)),
      );
      const XVal = rowsOf(dtype, 3, width);
      const centred = subtractMean({ XTrain: X, XVal }, { dtype: 'float64' });
      const scaled = standardize({ XTrain: X, XVal });
      expectBits(
        centred.mean.data,
        Float64Array.from(columns, ({ mean }) => mean),
      );
      expectBits(
        scaled.std.data,
        Float64Array.from(columns, ({ std }) => std),
      );
      for (const [name, set] of [['XTrain', X] as const, ['XVal', XVal] as const]) {
        const off = Float64Array.from(set.data, (x, i) => x - columns[i % width]!.mean);
        expectBits(centred[name].data, off);
        expectBits(
          scaled[name].data,
          Float32Array.from(off, (x, i) => x / columns[i % width]!.std),
        );
      }
    });
  });

  test('apply keeps denormal numbers, and what overflows on the way only', () => {
    const tiny = new Tensor(Float32Array.of(1e-40, -1e-42), [1, 2]);
    expect([...Preparation.divide(2, 2 ** 10).apply(tiny, { dtype: 'float64' }).data]).toEqual([
      Math.fround(1e-40) / 2 ** 10,
      Math.fround(-1e-42) / 2 ** 10,
    ]);
    const wide = new Tensor(Float64Array.of(-1.7e308, 0, 1.7e308), [3, 1]);
    const { XTrain } = standardize({ XTrain: wide, XVal: [[-1.7e308]] }, { dtype: 'float64' });
    expect(XTrain.get(0, 0)).toBeCloseTo(-Math.sqrt(1.5), 14);
  });

  test('other sets keep their gaps, and rows that do not fit are named', () => {
    const XTrain = [[0], [2]];
    const XVal = [[1], [Number.NaN], [Number.NEGATIVE_INFINITY], [3]];
    for (const transform of [subtractMean, standardize]) {
      expect([...transform({ XTrain, XVal }).XVal]).toEqual([0, Number.NaN, Number.NEGATIVE_INFINITY, 2]);
      expect(() => transform({ XTrain, XVal: [[1], [Number.NaN], [1e300]] })).toThrow(
        `${transform.name}: expected row 2 of XVal to become numbers that float32 can hold but column 0 becomes 1e+300; ask for dtype: 'float64'`,
      );
    }
    expect([...Preparation.subtractMean(XTrain).apply(XVal)]).toEqual([0, Number.NaN, -Infinity, 2]);
  });
});
