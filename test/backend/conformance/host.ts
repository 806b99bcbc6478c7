import { expect, test } from 'vitest';
import type { Binding, Executable } from '../../../lib/backend/backend.js';
import type { HostMemory } from '../../../lib/ops/program.js';
import type { Load } from '../conformance.js';
import { bind, Draft, viewOf } from '../draft.js';
import { stepsOf } from '../training-program.js';

/** y = x + x, then z = f(y) on the host, then y = y + z. */
function draftAround(host: (memory: HostMemory) => void) {
  const draft = new Draft('float64', 4);
  const memory = draft.buffer('memory');
  const x = draft.slot(memory, 'x', 'batch', 2);
  const y = draft.slot(memory, 'y', 'batch', 2, 3);
  const z = draft.slot(memory, 'z', 1, 5);
  draft.op('add', [x, x, y]);
  draft.host(host, [z, y]);
  draft.op('add', [y, y, y]);
  return { program: draft.finish(), x, y, z };
}

export function testHostInstructions(backend: Load): void {
  test('runs between the ops around it, on the memory of its slots', () => {
    let seen: HostMemory | undefined;
    const { program, x, y, z } = draftAround((memory) => {
      seen = memory;
      const [z, y] = memory.views;
      z![0] = y![0]!;
      y!.fill(10);
    });
    const binding = bind(program);
    viewOf(program, binding, x).fill(3);
    backend().compile(program).run(0, 3, 3, binding);
    expect(seen!.rows).toBe(3);
    expect(seen!.views.map((view) => view.length)).toEqual([5, 6]);
    expect(viewOf(program, binding, z)[0]).toBe(6);
    expect([...viewOf(program, binding, y)]).toEqual([20, 20, 20, 20, 20, 20, 0, 0]);
  });

  test('what it throws comes out of run, and the executable stays usable', () => {
    let broken = true;
    const { program, x, y } = draftAround(() => {
      if (broken) throw new RangeError('from the host');
    });
    const binding = bind(program);
    viewOf(program, binding, x).fill(1);
    const executable = backend().compile(program);
    expect(() => executable.run(0, 3, 4, binding)).toThrow(new RangeError('from the host'));
    broken = false;
    executable.run(0, 3, 4, binding);
    expect([...viewOf(program, binding, y)]).toEqual(Array(8).fill(4));
  });

  test('may run its own executable on other memory', () => {
    let inner: Binding | undefined;
    let executable: Executable | undefined;
    const { program, x, y } = draftAround(() => {
      const own = inner;
      inner = undefined;
      if (own !== undefined) executable!.run(0, 3, 2, own);
    });
    const outer = bind(program);
    const other = bind(program);
    viewOf(program, outer, x).fill(1);
    viewOf(program, other, x).fill(5);
    executable = backend().compile(program);
    executable.run(0, 1, 4, outer);
    inner = other;
    executable.run(0, 3, 4, outer);
    expect([...viewOf(program, outer, y)]).toEqual(Array(8).fill(4));
    expect([...viewOf(program, other, y, 2)]).toEqual(Array(4).fill(20));
  });

  test('takes part in runSteps, and what it throws is its rejection', async () => {
    let calls = 0;
    const { program, x, y } = draftAround(({ views }) => {
      calls++;
      if (calls === 6) throw new RangeError('from the host');
      views[1]!.fill(calls);
    });
    const binding = bind(program);
    viewOf(program, binding, x).fill(1);
    const executable = backend().compile(program);
    expect(await executable.runSteps(stepsOf(3), binding)).toEqual({ done: 3, reason: 'finished' });
    expect(calls).toBe(3);
    expect([...viewOf(program, binding, y)]).toEqual(Array(8).fill(6));

    const steps = stepsOf(5);
    await expect(executable.runSteps(steps, binding)).rejects.toThrow(new RangeError('from the host'));
    expect(steps.control[1]).toBe(2);
  });
}
