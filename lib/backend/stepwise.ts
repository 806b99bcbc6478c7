import { setImmediate as nextTurn } from 'node:timers/promises';
import { dtypeOf, isArrayOf } from '../core/dtype.js';
import { ArgumentError, ShapeError } from '../core/errors.js';
import type { Binding, Executable, Steps, StepsResult } from './backend.js';
import { assertShared } from './check-run.js';

/** Milliseconds of work between two turns of the event loop. */
const slice = 8;

/**
 * `Executable.runSteps` for whatever computes on the main thread: written over `Executable.run`, in slices between which the event
 * loop turns. Nothing is run when the arguments do not fit all of the steps.
 *
 * @throws ArgumentError, ShapeError (as a rejection) for arguments that do not fit, and whatever a step throws
 */
export async function runSteps(executable: Executable, steps: Steps, binding: Binding): Promise<StepsResult> {
  const { program } = executable;
  const { count, rows, learningRates, losses, control } = steps;
  const { scalars } = binding;
  checkSteps(steps, binding);
  const stepped = program.buffers.some((buffer) => buffer.stepped);
  const bindingOf = (step: number): Binding =>
    stepped ? advanced(executable, binding, step * rows) : binding;
  // An empty run checks its binding; the last step's is the one that reaches furthest.
  if (count > 0) executable.run(0, 0, rows, bindingOf(count - 1));

  const scalar = (name: string) => program.scalars.findIndex((each) => each.name === name);
  const learningRate = scalar('learningRate');
  const t = scalar('t');
  const loss = scalar('loss');
  const lossEnd = program.phases.loss?.[1] ?? 0;
  const end = program.instructions.length;

  let turnedAt = Number.NEGATIVE_INFINITY;
  let slowStep = false;
  const breathe = async () => {
    if (performance.now() - turnedAt < slice) return;
    await nextTurn();
    turnedAt = performance.now();
  };
  // Steps that take longer than a slice are cut between their instructions.
  const runRange = async (first: number, last: number, memory: Binding) => {
    const stride = slowStep ? 1 : last - first;
    for (let at = first; at < last; at += stride) {
      if (slowStep) await breathe();
      executable.run(at, at + stride, rows, memory);
    }
  };

  Atomics.store(control, 1, 0);
  for (let step = 0; step < count; step++) {
    await breathe();
    if (Atomics.load(control, 0) !== 0) return { done: step, reason: 'aborted' };
    const startedAt = performance.now();
    const memory = bindingOf(step);
    if (learningRate >= 0) scalars[learningRate] = learningRates[step]!;
    await runRange(0, lossEnd, memory);
    if (lossEnd > 0 && !Number.isFinite(scalars[loss] ?? 0)) {
      losses[step] = scalars[loss]!;
      return { done: step, reason: 'nonFinite' };
    }
    if (t >= 0) scalars[t]! += 1;
    await runRange(lossEnd, end, memory);
    if (loss >= 0) losses[step] = scalars[loss]!;
    Atomics.store(control, 1, step + 1);
    slowStep ||= performance.now() - startedAt > slice;
  }
  return { done: count, reason: 'finished' };
}

/** The same memory with its stepped buffers starting so many elements further on. */
function advanced(executable: Executable, { buffers, scalars }: Binding, elements: number): Binding {
  const stepped = executable.program.buffers;
  return {
    buffers: buffers.map((buffer, i) => (stepped[i]?.stepped ? buffer.subarray(elements) : buffer)),
    scalars,
  };
}

/**
 * The checks of `runSteps` that no single step makes.
 *
 * @throws ArgumentError for a wrong count or type, or memory that is not shared
 * @throws ShapeError for arrays shorter than the steps
 */
export function checkSteps(
  { count, learningRates, losses, control }: Steps,
  { buffers, scalars }: Binding,
): void {
  if (!Number.isInteger(count) || count < 0) {
    throw new ArgumentError(`runSteps: expected count to be a non-negative integer but received ${count}`);
  }
  for (const [name, values] of Object.entries({ learningRates, losses })) {
    if (!isArrayOf('float64', values)) {
      throw new ArgumentError(
        `runSteps: expected ${name} to be a Float64Array but received ${dtypeOf(values) ?? typeof values}`,
      );
    }
    if (values.length < count) {
      throw new ShapeError(
        `runSteps: expected ${name} to have ${count} values but received ${values.length}`,
      );
    }
  }
  if (!isArrayOf('int32', control) || control.length < 2) {
    throw new ArgumentError('runSteps: expected control to be an Int32Array of 2 values');
  }
  // Work in slices could do without, but what one backend refuses the other must not take.
  assertShared('runSteps', [learningRates, losses, control, scalars, ...buffers]);
}
