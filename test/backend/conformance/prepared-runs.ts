import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { Binding } from '../../../lib/backend/backend.js';
import type { TypedArray } from '../../../lib/core/dtype.js';
import { ArgumentError, LabelError, ShapeError } from '../../../lib/core/errors.js';
import type { Load } from '../conformance.js';
import { bind, Draft, sharedArray, viewOf } from '../draft.js';

/** z = 2x, then a sum for each label. */
function draftProgram() {
  const draft = new Draft('float32', 4);
  const x = draft.slot(draft.buffer('x'), 'x', 'batch', 3);
  const z = draft.slot(draft.buffer('z'), 'z', 'batch', 3);
  const labels = draft.slot(draft.buffer('labels', 'int32'), 'labels', 'batch', 1);
  const hot = draft.slot(draft.buffer('hot'), 'hot', 'batch', 3);
  draft.op('add', [x, x, z]);
  draft.op('one_hot', [labels, hot]);
  return { program: draft.finish(), x, z, labels };
}

const refusals: readonly [string, (binding: Binding) => Binding, typeof ArgumentError | typeof ShapeError][] =
  [
    ['a short buffer', (binding) => withFirst(binding, sharedArray('float32', 8)), ShapeError],
    ['a buffer of another dtype', (binding) => withFirst(binding, sharedArray('float64', 12)), ArgumentError],
    [
      'memory that something could detach',
      (binding) => withFirst(binding, new Float32Array(12)),
      ArgumentError,
    ],
    [
      'scalars that something could detach',
      ({ buffers }) => ({ buffers, scalars: new Float64Array(4) }),
      ArgumentError,
    ],
    ['a buffer too few', ({ buffers, scalars }) => ({ buffers: buffers.slice(1), scalars }), ArgumentError],
  ];

const withFirst = ({ buffers, scalars }: Binding, first: TypedArray): Binding => ({
  buffers: [first, ...buffers.slice(1)],
  scalars,
});

export function testPreparedRuns(backend: Load): void {
  test('does at each call what run does', () => {
    const { program, x, z } = draftProgram();
    const binding = bind(program);
    const run = backend().compile(program).prepare(0, 1, 3, binding);
    for (const value of [1, -2.5, 7]) {
      viewOf(program, binding, x).fill(value);
      run();
      expect([...viewOf(program, binding, z)]).toEqual([...Array(9).fill(2 * value), 0, 0, 0]);
    }
  });

  test('goes on beside runs of other ranges, rows and memory', () => {
    const { program, x, z } = draftProgram();
    const [own, other] = [bind(program), bind(program)];
    const executable = backend().compile(program);
    const run = executable.prepare(0, 2, 2, own);
    viewOf(program, own, x).fill(1);
    viewOf(program, other, x).fill(5);
    executable.run(0, 1, 4, other);
    run();
    expect([...viewOf(program, own, z)]).toEqual([2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0]);
    expect([...viewOf(program, other, z)]).toEqual(Array(12).fill(10));
  });

  test.each(refusals)('refuses %s beforehand', (_, change, error) => {
    const { program } = draftProgram();
    const executable = backend().compile(program);
    expect(() => executable.prepare(0, 2, 4, change(bind(program)))).toThrow(error);
  });

  test.each([
    [0, 3, 4, ArgumentError],
    [1, 0, 4, ArgumentError],
    [0, 2, 0, ArgumentError],
    [0, 2, 5, ShapeError],
  ])('refuses the range %d … %d of %d rows beforehand', (first, last, rows, error) => {
    const { program } = draftProgram();
    expect(() => backend().compile(program).prepare(first, last, rows, bind(program))).toThrow(error);
  });

  test('looks at labels each time', () => {
    const { program, labels } = draftProgram();
    const binding = bind(program);
    const run = backend().compile(program).prepare(0, 2, 4, binding);
    run();
    viewOf(program, binding, labels)[2] = 3;
    expect(run).toThrow(LabelError);
    viewOf(program, binding, labels)[2] = 2;
    run();
  });

  test('keeps its program and its memory', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { run, z } = (() => {
      const draft = new Draft('float32', 1);
      const x = draft.slot(draft.buffer('x'), 'x', 1, 3000);
      draft.op('add', [x, x, draft.slot(draft.buffer('z'), 'z', 1, 3000)]);
      const program = draft.finish();
      const binding = bind(program);
      binding.buffers[0]!.fill(21);
      return { run: backend().compile(program).prepare(0, 1, 1, binding), z: binding.buffers[1]! };
    })();
    for (let i = 0; i < 20; i++) {
      collect();
      sharedArray('float32', 3000).fill(-1);
    }
    run();
    expect(z.every((value) => value === 42)).toBe(true);
  });

  test('runs host instructions too', () => {
    const draft = new Draft('float64', 2);
    const x = draft.slot(draft.buffer('x'), 'x', 'batch', 2);
    draft.op('add', [x, x, x]);
    draft.host(({ views }) => views[0]!.fill(views[0]![0]! + 1), [x]);
    const program = draft.finish();
    const binding = bind(program);
    binding.buffers[0]!.fill(1);
    const run = backend().compile(program).prepare(0, 2, 2, binding);
    run();
    run();
    expect([...binding.buffers[0]!]).toEqual([7, 7, 7, 7]);
  });
}
