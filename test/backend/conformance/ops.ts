import { expect, test } from 'vitest';
import type { Dtype, FloatDtype, TypedArray } from '../../../lib/core/dtype.js';
import { opNames } from '../../../lib/ops/catalogue.js';
import { signatures } from '../../../lib/ops/signature.js';
import { cases } from '../cases.js';
import { expectClose, expectSame, tolerance } from '../comparison.js';
import type { Load } from '../conformance.js';
import { type Prepared, prepare, rowLetter, type Trial } from '../single-op.js';

export function testOps(backend: Load): void {
  test('has a case for every op', () => {
    expect(Object.keys(cases).sort()).toEqual([...opNames].sort());
    expect(Object.keys(backend().ops).sort()).toEqual([...opNames].sort());
  });

  for (const op of opNames) {
    for (const dtype of ['float32', 'float64'] as const) {
      test(`${op}, ${dtype}`, () => {
        for (const trial of trialsOf(op, dtype)) expectReference(backend, trial);
      });
    }
  }
}

/** Values of a dtype far from zero, which float32 cannot tell apart, and what they are shifted and scaled by. */
function farFromZero(any: Dtype): { readonly at: number; readonly step: number } {
  return {
    float32: { at: 2 ** 24, step: 2 },
    float64: { at: 1.7e9, step: 0.37 },
    int32: { at: 2e9, step: 1 },
    uint8: { at: 100, step: 1 },
  }[any];
}

/** In double, what a float32 shift would take away from rows far from zero is kept to the last bit. */
export function testRounding(backend: Load): void {
  for (const op of ['normalize', 'gather_normalized'] as const) {
    for (const any of ['float32', 'float64', 'int32', 'uint8'] as const) {
      test(`${op}, float64 of ${any}, rounded to float32: rows far from zero`, () => {
        for (const sizes of cases[op].shapes) {
          const trial: Trial = {
            op,
            dtype: 'float64',
            sizes,
            scalars: {},
            any,
            rounded: 'float32',
            layout: 'packed',
            batched: true,
          };
          const prepared = prepare(trial);
          const { at, step } = farFromZero(any);
          const data = prepared.view(op === 'normalize' ? 'x' : 'data');
          for (let i = 0; i < data.length; i++) data[i] = at + step * (i % 11);
          prepared.view('shift').fill(at + 5 * step + 0.1);
          prepared.view('scale').fill(1 / (3 * step));
          const want = prepared.expected();
          prepared.run(backend().compile(prepared.program));
          prepared.binding.buffers.forEach((buffer, i) => {
            const rounded =
              buffer instanceof Float32Array ? want.buffers[i]!.map(Math.fround) : want.buffers[i]!;
            expectSame(buffer, rounded, `${op} of ${JSON.stringify(sizes)}, buffer ${i}`);
          });
        }
      });
    }
  }
}

function* trialsOf(op: (typeof opNames)[number], dtype: FloatDtype): Generator<Trial> {
  const signature = signatures[op];
  const rounds = dtype === 'float64' && signature.operands.some((operand) => operand.dtype === 'rounded');
  const anyDtypes: Dtype[] = signature.operands.some((operand) => operand.dtype === 'any')
    ? ['uint8', 'int32', 'float32', 'float64']
    : [dtype];
  for (const sizes of cases[op].shapes) {
    for (const scalars of cases[op].scalars) {
      for (const any of anyDtypes) {
        const trial: Trial = { op, dtype, sizes, scalars, any, layout: 'separate', batched: false };
        const packed: Trial = { ...trial, layout: 'packed', batched: rowLetter(signature) !== undefined };
        yield* [trial, packed];
        if (rounds) yield* [trial, packed].map((each): Trial => ({ ...each, rounded: 'float32' }));
      }
    }
  }
}

/** Runs a trial, and compares what the op should write with the reference and all else with what was there before. */
function expectReference(backend: Load, trial: Trial): void {
  const prepared = prepare(trial);
  const { binding } = prepared;
  const what = `${trial.op} of ${JSON.stringify(trial)}`;
  const want = prepared.expected();
  const within = tolerance[trial.rounded ?? trial.dtype];
  const before = binding.buffers.map((buffer) => buffer.slice());
  prepared.run(backend().compile(prepared.program));

  binding.buffers.forEach((buffer, i) => {
    expectClose(buffer, want.buffers[i]!, within, `${what}, buffer ${i}`);
  });
  expectClose(binding.scalars, want.scalars, within, `${what}, scalars`);

  for (const { name, written } of signatures[trial.op].operands) if (written) prepared.view(name).fill(0);
  binding.buffers.forEach((buffer, i) => {
    const untouched = maskWritten(before[i]!, buffer, prepared, trial);
    expectSame(buffer, untouched, `${what}, buffer ${i}: read operands, gaps and unused rows`);
  });
}

/** The earlier contents of a buffer, zero where the op writes. */
function maskWritten(before: TypedArray, buffer: TypedArray, prepared: Prepared, { op }: Trial): TypedArray {
  for (const { name, written } of signatures[op].operands) {
    const view = prepared.view(name);
    if (!written || view.buffer !== buffer.buffer) continue;
    const start = (view.byteOffset - buffer.byteOffset) / view.BYTES_PER_ELEMENT;
    before.fill(0, start, start + view.length);
  }
  return before;
}
