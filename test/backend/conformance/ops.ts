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

function* trialsOf(op: (typeof opNames)[number], dtype: FloatDtype): Generator<Trial> {
  const signature = signatures[op];
  const anyDtypes: Dtype[] = signature.operands.some((operand) => operand.dtype === 'any')
    ? ['uint8', 'float32', 'float64']
    : [dtype];
  for (const sizes of cases[op].shapes) {
    for (const scalars of cases[op].scalars) {
      for (const any of anyDtypes) {
        yield { op, dtype, sizes, scalars, any, layout: 'separate', batched: false };
        yield {
          op,
          dtype,
          sizes,
          scalars,
          any,
          layout: 'packed',
          batched: rowLetter(signature) !== undefined,
        };
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
  const before = binding.buffers.map((buffer) => buffer.slice());
  prepared.run(backend().compile(prepared.program));

  binding.buffers.forEach((buffer, i) => {
    expectClose(buffer, want.buffers[i]!, tolerance[trial.dtype], `${what}, buffer ${i}`);
  });
  expectClose(binding.scalars, want.scalars, tolerance[trial.dtype], `${what}, scalars`);

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
