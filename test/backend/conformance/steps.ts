import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Binding, Steps } from '../../../lib/backend/backend.js';
import { ArgumentError, ShapeError } from '../../../lib/core/errors.js';
import type { Phase } from '../../../lib/ops/program.js';
import { expectClose } from '../comparison.js';
import type { Load } from '../conformance.js';
import { sharedArray, sharedFloats } from '../draft.js';
import { interpret } from '../interpret.js';
import { batch, stepsOf, type Training, training, unusedPicture } from '../training-program.js';

const count = 6;

/** What `count` steps should leave behind, by the reference. */
function expectedAfter({ program, scalar }: Training, binding: Binding, steps: Steps) {
  const buffers = binding.buffers.map((values) => Array.from(values));
  const scalars = Array.from(binding.scalars);
  const stepped = program.buffers.findIndex((buffer) => buffer.stepped);
  const losses: number[] = [];
  for (let step = 0; step < steps.count; step++) {
    scalars[scalar('learningRate')] = steps.stepped.values[3 * step]!;
    scalars[scalar('t')] = steps.stepped.values[3 * step + 2]!;
    const now = buffers.map((values, i) => (i === stepped ? values.slice(step * steps.rows) : values));
    interpret(program, [0, program.instructions.length], steps.rows, now, scalars);
    losses.push(scalars[scalar('loss')]!);
  }
  return { buffers, scalars, losses };
}

const badSteps: readonly [
  string,
  (steps: Steps) => Partial<Steps>,
  typeof ArgumentError | typeof ShapeError,
][] = [
  ['a negative count', () => ({ count: -1 }), ArgumentError],
  ['a fractional count', () => ({ count: 1.5 }), ArgumentError],
  ['a NaN count', () => ({ count: Number.NaN }), ArgumentError],
  ['no rows', () => ({ rows: 0 }), ArgumentError],
  ['more rows than the capacity', () => ({ rows: 7 }), ShapeError],
  [
    'too few stepped scalars',
    ({ stepped }) => ({ stepped: { ...stepped, values: stepped.values.subarray(1) } }),
    ShapeError,
  ],
  ['too few losses', (steps) => ({ losses: steps.losses.subarray(1) }), ShapeError],
  ['losses of another dtype', () => ({ losses: sharedArray('float32', count) as never }), ArgumentError],
  ['losses that are not shared', () => ({ losses: new Float64Array(count) }), ArgumentError],
  [
    'stepped scalars that are not shared',
    ({ stepped }) => ({ stepped: { ...stepped, values: new Float64Array(3 * count) } }),
    ArgumentError,
  ],
  ['a control of one value', (steps) => ({ control: steps.control.subarray(1) }), ArgumentError],
  ['a control that is not shared', () => ({ control: new Int32Array(2) }), ArgumentError],
];

export function testSteps(backend: Load): void {
  for (const dtype of ['float32', 'float64'] as const) {
    test(`does the steps of the reference, ${dtype}: batches, learning rates, t and losses`, async () => {
      const net = training(dtype);
      const binding = net.memory(count);
      const steps = stepsOf(count);
      const want = expectedAfter(net, binding, steps);
      const result = await backend().compile(net.program).runSteps(steps, binding);
      expect(result).toEqual({ done: count, reason: 'finished' });
      expect(steps.control[1]).toBe(count);
      const within = dtype === 'float32' ? 1e-3 : 1e-10;
      expectClose(steps.losses, want.losses, within, 'losses');
      expectClose(binding.scalars, want.scalars, within, 'scalars');
      expect(binding.scalars[net.scalar('t')]).toBe(count);
      for (const name of ['parameters', 'moments']) {
        const index = net.program.buffers.findIndex((buffer) => buffer.name === name);
        expectClose(binding.buffers[index]!, want.buffers[index]!, within, name);
      }
    });
  }

  test('no steps change nothing', async () => {
    const net = training('float64');
    const [binding, before] = [net.memory(1), net.memory(1)];
    const result = await backend().compile(net.program).runSteps(stepsOf(0), binding);
    expect(result).toEqual({ done: 0, reason: 'finished' });
    expect(binding).toEqual(before);
  });

  for (const [name, change, error] of badSteps) {
    test(`refuses ${name} and changes nothing`, async () => {
      const net = training('float64');
      const [binding, before] = [net.memory(count), net.memory(count)];
      const steps = stepsOf(count);
      const executable = backend().compile(net.program);
      await expect(executable.runSteps({ ...steps, ...change(steps) }, binding)).rejects.toThrow(error);
      expect(binding).toEqual(before);
    });
  }

  test('refuses row indices that do not last for all steps, and changes nothing', async () => {
    const net = training('float64');
    const rows = net.program.buffers.findIndex((buffer) => buffer.stepped);
    const shorten = (binding: Binding): Binding => ({
      ...binding,
      buffers: binding.buffers.map((values, i) =>
        i === rows ? values.subarray(0, count * batch - 1) : values,
      ),
    });
    const [binding, before] = [net.memory(count), net.memory(count)];
    const executable = backend().compile(net.program);
    await expect(executable.runSteps(stepsOf(count), shorten(binding))).rejects.toThrow(ShapeError);
    expect(binding).toEqual(before);
  });

  test('refuses memory that is not shared, and changes nothing', async () => {
    const net = training('float64');
    const executable = backend().compile(net.program);
    const [binding, before] = [net.memory(count), net.memory(count)];
    const unshared = { ...binding, scalars: binding.scalars.slice() };
    await expect(executable.runSteps(stepsOf(count), unshared)).rejects.toThrow(ArgumentError);
    for (const index of binding.buffers.keys()) {
      const buffers = binding.buffers.map((values, i) => (i === index ? values.slice() : values));
      const run = executable.runSteps(stepsOf(count), { ...binding, buffers });
      await expect(run).rejects.toThrow(ArgumentError);
    }
    expect(binding).toEqual(before);
  });

  test('stops before its first step when that was asked before', async () => {
    const net = training('float64');
    const [binding, before] = [net.memory(count), net.memory(count)];
    const steps = stepsOf(count);
    steps.control[0] = 1;
    const result = await backend().compile(net.program).runSteps(steps, binding);
    expect(result).toEqual({ done: 0, reason: 'aborted' });
    expect(binding.buffers).toEqual(before.buffers);
  });

  test('leaves the event loop free, shows its progress and stops when asked in the middle', async () => {
    const net = training('float64');
    // Far more than are done before the third look: a run that blocks the event loop ends as finished.
    const many = 1_000_000;
    const binding = net.memory(many);
    const steps = stepsOf(many);
    let settled = false;
    const run = backend()
      .compile(net.program)
      .runSteps(steps, binding)
      .finally(() => {
        settled = true;
      });
    const seen: number[] = [];
    while (!settled && seen.length < 3) {
      await nextTurn();
      const done = Atomics.load(steps.control, 1);
      if (done > (seen.at(-1) ?? 0)) seen.push(done);
    }
    Atomics.store(steps.control, 0, 1);
    const result = await run;
    expect(result.reason).toBe('aborted');
    expect(result.done).toBeGreaterThanOrEqual(seen[2]!);
    expect(result.done).toBeLessThan(many);
    expect(steps.control[1]).toBe(result.done);

    // What was done, was done as it would have been without the stop.
    const { done } = result;
    const again = net.memory(done);
    const whole = stepsOf(done, {
      stepped: steps.stepped,
      losses: sharedFloats(new Float64Array(done)),
    });
    await backend().compile(net.program).runSteps(whole, again);
    expect(net.buffer(binding, 'parameters')).toEqual(net.buffer(again, 'parameters'));
    expect(steps.losses.subarray(0, done)).toEqual(whole.losses);
  });

  test('stops at a loss that is not finite, before backward and update', async () => {
    for (const [value, bad] of [
      [Number.NaN, 3],
      [Number.POSITIVE_INFINITY, 0],
    ] as const) {
      const net = training('float64', 'float64');
      const executable = backend().compile(net.program);
      const [binding, sound] = [net.memory(count), net.memory(count)];
      await executable.runSteps(stepsOf(bad, { stepped: stepsOf(count).stepped }), sound);
      net.buffer(binding, 'rows')[bad * batch + 2] = unusedPicture;
      net.buffer(binding, 'data').fill(value, unusedPicture * 3);
      const steps = stepsOf(count);
      const result = await executable.runSteps(steps, binding);
      expect(result).toEqual({ done: bad, reason: 'nonFinite' });
      expect(steps.control[1]).toBe(bad);
      expect(net.buffer(binding, 'parameters')).toEqual(net.buffer(sound, 'parameters'));
      expect(net.buffer(binding, 'moments')).toEqual(net.buffer(sound, 'moments'));
    }
  });

  test('two runs of one executable on different memory do not disturb each other', async () => {
    const net = training('float32');
    const executable = backend().compile(net.program);
    const steps = 3000;
    const alone: Binding[] = [];
    for (const seed of [1, 2]) {
      const binding = net.memory(steps, seed);
      await executable.runSteps(stepsOf(steps), binding);
      alone.push(binding);
    }
    const together = [1, 2].map((seed) => net.memory(steps, seed));
    const results = await Promise.all(
      together.map((binding) => executable.runSteps(stepsOf(steps), binding)),
    );
    expect(results).toEqual(Array(2).fill({ done: steps, reason: 'finished' }));
    expect(together).toEqual(alone);
    expect(net.buffer(together[0]!, 'parameters')).not.toEqual(net.buffer(together[1]!, 'parameters'));
  });

  test('a program without loss, learning rate and t runs its steps all the same', async () => {
    const net = training('float64');
    const forward: Partial<Record<Phase, readonly [number, number]>> = {
      forward: net.program.phases.forward!,
    };
    const program = {
      ...net.program,
      scalars: net.program.scalars.map((scalar) => ({ ...scalar, name: `my ${scalar.name}` })),
      phases: forward,
    };
    const binding = net.memory(count);
    const before = Array.from(binding.scalars);
    const result = await backend().compile(program).runSteps(stepsOf(count), binding);
    expect(result).toEqual({ done: count, reason: 'finished' });
    expect(binding.scalars[net.scalar('t')]).toBe(before[net.scalar('t')]);
    expect(binding.scalars[net.scalar('learningRate')]).toBe(before[net.scalar('learningRate')]);
  });
}
