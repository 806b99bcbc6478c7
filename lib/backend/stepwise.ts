import { setImmediate as nextTurn } from 'node:timers/promises';
import { dtypeOf, isArrayOf } from '../core/dtype.js';
import { ArgumentError, ShapeError } from '../core/errors.js';
import { rowsAt } from '../ops/program.js';
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
  const { count, rows, stepped, losses, control } = steps;
  const { scalars } = binding;
  checkSteps(steps, binding);
  const advances = program.buffers.some((buffer) => buffer.stepped);
  const bindingOf = (step: number): Binding =>
    advances ? advanced(executable, binding, rows, step) : binding;
  // An empty run checks its binding; the last step's is the one that reaches furthest.
  if (count > 0) executable.run(0, 0, rows, bindingOf(count - 1));

  const scalar = (name: string) => program.scalars.findIndex((each) => each.name === name);
  const columns = stepped.names.map(scalar);
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
    for (const [i, column] of columns.entries()) {
      if (column >= 0) scalars[column] = stepped.values[step * columns.length + i]!;
    }
    await runRange(0, lossEnd, memory);
    if (lossEnd > 0 && !Number.isFinite(scalars[loss] ?? 0)) {
      losses[step] = scalars[loss]!;
      return { done: step, reason: 'nonFinite' };
    }
    await runRange(lossEnd, end, memory);
    if (loss >= 0) losses[step] = scalars[loss]!;
    Atomics.store(control, 1, step + 1);
    slowStep ||= performance.now() - startedAt > slice;
  }
  return { done: count, reason: 'finished' };
}

/** The same memory with its stepped buffers starting at a later step's batch. */
function advanced(
  { program }: Executable,
  { buffers, scalars }: Binding,
  rows: number,
  step: number,
): Binding {
  const batchOf = (buffer: number) => {
    const slot = program.slots.find((each) => each.buffer === buffer);
    return slot === undefined ? 0 : rowsAt(slot.rows, rows) * slot.cols;
  };
  return {
    buffers: buffers.map((buffer, i) =>
      program.buffers[i]?.stepped ? buffer.subarray(step * batchOf(i)) : buffer,
    ),
    scalars,
  };
}

/**
 * The checks of `runSteps` that no single step makes.
 *
 * @throws ArgumentError for a wrong count or type, or memory that is not shared
 * @throws ShapeError for arrays shorter than the steps
 */
export function checkSteps({ count, stepped, losses, control }: Steps, { buffers, scalars }: Binding): void {
  if (!Number.isInteger(count) || count < 0) {
    throw new ArgumentError(`runSteps: expected count to be a non-negative integer but received ${count}`);
  }
  const needed = [
    ['the stepped scalars', stepped.values, count * stepped.names.length],
    ['losses', losses, count],
  ] as const;
  for (const [name, values, length] of needed) {
    if (!isArrayOf('float64', values)) {
      throw new ArgumentError(
        `runSteps: expected ${name} to be a Float64Array but received ${dtypeOf(values) ?? typeof values}`,
      );
    }
    if (values.length < length) {
      throw new ShapeError(
        `runSteps: expected ${name} to have ${length} values but received ${values.length}`,
      );
    }
  }
  if (!isArrayOf('int32', control) || control.length < 2) {
    throw new ArgumentError('runSteps: expected control to be an Int32Array of 2 values');
  }
  // Work in slices could do without, but what one backend refuses the other must not take.
  assertShared('runSteps', [stepped.values, losses, control, scalars, ...buffers]);
}
