import { expect, test } from 'vitest';
import { ArgumentError, LabelError } from '../../../lib/core/errors.js';
import { opNames } from '../../../lib/ops/catalogue.js';
import { signatures } from '../../../lib/ops/signature.js';
import { cases } from '../cases.js';
import type { Load } from '../conformance.js';
import { prepare, type Trial } from '../single-op.js';
import { batch, stepsOf, training, unusedPicture } from '../training-program.js';

/** Ops with an operand of indices, and the error that a wrong one is. */
const indexed = opNames.flatMap((op) =>
  signatures[op].operands.flatMap(({ name, points }) => {
    if (points === undefined) return [];
    return { op, name, below: points.below, error: points.at === 'label' ? LabelError : ArgumentError };
  }),
);

export function testIndices(backend: Load): void {
  test('all ops with indices are found', () => {
    const gathers = ['gather', 'gather_normalized', 'gather_labels'];
    const names = [
      'one_hot',
      ...gathers,
      'softmax_cross_entropy',
      'cross_entropy',
      'hinge',
      'squared_hinge',
      'focal',
    ];
    expect(indexed.map(({ op }) => op).sort()).toEqual(names.sort());
  });

  for (const { op, name, below, error } of indexed) {
    for (const dtype of ['float32', 'float64'] as const) {
      const trial: Trial = {
        op,
        dtype,
        sizes: cases[op].shapes[2]!,
        scalars: cases[op].scalars[0]!,
        any: 'uint8',
        layout: 'packed',
        batched: true,
      };
      const count = trial.sizes[below]!;

      test(`${op}, ${dtype}: ${name} outside 0 … ${count - 1} are refused and nothing is written`, () => {
        for (const bad of [-1, count, 2 ** 31 - 1, -(2 ** 31)]) {
          for (const at of [0, trial.sizes.n! - 1]) {
            const prepared = prepare(trial);
            prepared.view(name)[at] = bad;
            const before = prepared.binding.buffers.map((buffer) => buffer.slice());
            expect(() => prepared.run(backend().compile(prepared.program))).toThrow(error);
            expect(prepared.binding.buffers).toEqual(before);
          }
        }
      });

      test(`${op}, ${dtype}: ${name} behind the rows of the batch are not looked at`, () => {
        const prepared = prepare(trial);
        const view = prepared.view(name);
        const buffer = prepared.binding.buffers.find((each) => each.buffer === view.buffer)!;
        const end = (view.byteOffset - buffer.byteOffset) / view.BYTES_PER_ELEMENT + view.length;
        buffer[end] = -1;
        expect(() => prepared.run(backend().compile(prepared.program))).not.toThrow();
      });
    }
  }

  test('the message names the op, the range and the value', () => {
    const trial: Trial = {
      op: 'hinge',
      dtype: 'float32',
      sizes: { n: 3, c: 10 },
      scalars: {},
      any: 'uint8',
      layout: 'separate',
      batched: false,
    };
    const prepared = prepare(trial);
    prepared.view('labels')[2] = 12;
    const run = () => prepared.run(backend().compile(prepared.program));
    expect(run).toThrow(/hinge.*labels.*\b0\b.*\b9\b.*\b12\b/);
  });

  test('runSteps rejects at the step with the bad label, which updates nothing', async () => {
    const { program, memory, buffer } = training('float64');
    const executable = backend().compile(program);
    const sound = memory(4);
    await executable.runSteps(stepsOf(2), sound);
    const binding = memory(4);
    buffer(binding, 'rows')[2 * batch + 1] = unusedPicture;
    buffer(binding, 'dataLabels')[unusedPicture] = 99;
    const steps = stepsOf(4);
    await expect(executable.runSteps(steps, binding)).rejects.toThrow(LabelError);
    expect(steps.control[1]).toBe(2);
    const weights = (which: typeof binding) => buffer(which, 'parameters').slice(0, 20);
    expect(weights(binding)).toEqual(weights(sound));
    expect(buffer(binding, 'moments')).toEqual(buffer(sound, 'moments'));
  });
}
