import { expect, test } from 'vitest';
import type { Binding } from '../../../lib/backend/backend.js';
import { arrayTypes } from '../../../lib/core/dtype.js';
import { ArgumentError, ShapeError } from '../../../lib/core/errors.js';
import { expectClose } from '../comparison.js';
import type { Load } from '../conformance.js';
import { bind, Draft, viewOf } from '../draft.js';
import { interpret } from '../interpret.js';
import { batch, training } from '../training-program.js';

/** y = 2x, then z = x + y. */
function draftSum() {
  const draft = new Draft('float32', 5);
  const x = draft.slot(draft.buffer('x'), 'x', 'batch', 3);
  const workspace = draft.buffer('workspace');
  const y = draft.slot(workspace, 'y', 'batch', 3);
  const z = draft.slot(workspace, 'z', 'batch', 3, 5);
  draft.op('add', [x, x, y]);
  draft.op('add', [x, y, z]);
  return { program: draft.finish(), x, y, z };
}

type Change = (binding: Binding) => Binding;

const badBindings: readonly [string, Change, typeof ArgumentError | typeof ShapeError][] = [
  [
    'a short buffer',
    ({ buffers: [x, y], scalars }) => ({ buffers: [x!.subarray(0, 14), y!], scalars }),
    ShapeError,
  ],
  ['a missing buffer', ({ buffers, scalars }) => ({ buffers: buffers.slice(1), scalars }), ArgumentError],
  [
    'a buffer too many',
    ({ buffers, scalars }) => ({ buffers: [...buffers, buffers[0]!], scalars }),
    ArgumentError,
  ],
  [
    'a buffer of another dtype',
    ({ buffers: [x, y], scalars }) => ({ buffers: [new Float64Array(x!.length), y!], scalars }),
    ArgumentError,
  ],
  [
    'a buffer that is no typed array',
    ({ buffers: [, y], scalars }) => ({ buffers: [[1, 2, 3] as never, y!], scalars }),
    ArgumentError,
  ],
  [
    'scalars that are no Float64Array',
    ({ buffers }) => ({ buffers, scalars: new Float32Array(9) as never }),
    ArgumentError,
  ],
];

const badRanges: readonly [first: number, last: number][] = [
  [-1, 1],
  [0, 3],
  [2, 1],
  [0.5, 1],
  [0, 1.5],
  [Number.NaN, 1],
  [0, Number.NaN],
  [0, Number.POSITIVE_INFINITY],
];

export function testRuns(backend: Load): void {
  for (const [name, change, error] of badBindings) {
    test(`refuses ${name} and writes nothing`, () => {
      const { program } = draftSum();
      const binding = bind(program);
      binding.buffers[0]!.fill(1);
      const executable = backend().compile(program);
      expect(() => executable.run(0, 2, 5, change(binding))).toThrow(error);
      // Memory that was good before must be looked at again.
      executable.run(0, 0, 5, binding);
      expect(() => executable.run(0, 2, 5, change(binding))).toThrow(error);
      expect(binding.buffers[1]!.every((value) => value === 0)).toBe(true);
    });
  }

  test('refuses a table of scalars that is too short', () => {
    const { program, memory } = training('float32');
    const binding = memory(1);
    const short = { ...binding, scalars: binding.scalars.slice(1) };
    expect(() => backend().compile(program).run(0, 1, batch, short)).toThrow(ArgumentError);
  });

  test.each(badRanges)('refuses the range %d … %d', (first, last) => {
    const { program } = draftSum();
    expect(() => backend().compile(program).run(first, last, 5, bind(program))).toThrow(ArgumentError);
  });

  test.each([
    [0, ArgumentError],
    [-1, ArgumentError],
    [1.5, ArgumentError],
    [Number.NaN, ArgumentError],
    [6, ShapeError],
    [2 ** 31, ShapeError],
    [2 ** 53, ShapeError],
  ])('refuses %d rows', (rows, error) => {
    const { program } = draftSum();
    expect(() => backend().compile(program).run(0, 2, rows, bind(program))).toThrow(error);
  });

  test('refuses more rows than the capacity in buffers that would hold them', () => {
    const { program } = draftSum();
    const large: Binding = {
      buffers: program.buffers.map(({ length }) => new Float32Array(2 * length)),
      scalars: new Float64Array(0),
    };
    expect(() => backend().compile(program).run(0, 2, 6, large)).toThrow(ShapeError);
  });

  test('refuses a buffer that was long enough for the fewer rows before', () => {
    const { program } = draftSum();
    const short: Binding = {
      buffers: [new Float32Array(6), bind(program).buffers[1]!],
      scalars: new Float64Array(0),
    };
    const executable = backend().compile(program);
    executable.run(0, 2, 2, short);
    expect(() => executable.run(0, 2, 3, short)).toThrow(ShapeError);
  });

  test('refuses a buffer that was transferred away after an earlier run', () => {
    const { program } = draftSum();
    const x = new Float32Array(15);
    const binding: Binding = { buffers: [x, bind(program).buffers[1]!], scalars: new Float64Array(0) };
    const executable = backend().compile(program);
    executable.run(0, 2, 5, binding);
    structuredClone(x.buffer, { transfer: [x.buffer] });
    expect(() => executable.run(0, 2, 5, binding)).toThrow(ShapeError);
  });

  test('takes buffers that are long enough for the rows at hand, on any kind of memory', () => {
    const { program } = draftSum();
    const x = new Float32Array(new ArrayBuffer(64), 4, 6).fill(1.5);
    const workspace = bind(program).buffers[1]!;
    backend()
      .compile(program)
      .run(0, 2, 2, { buffers: [x, workspace], scalars: new Float64Array(0) });
    const want = new Float32Array(workspace.length);
    want.fill(3, 0, 6);
    want.fill(4.5, 20, 26);
    expect(workspace).toEqual(want);
  });

  test('runs the instructions of the range only', () => {
    const { program, y, z } = draftSum();
    const binding = bind(program);
    binding.buffers[0]!.fill(1);
    const executable = backend().compile(program);
    executable.run(0, 0, 5, binding);
    expect([...viewOf(program, binding, y)]).toEqual(Array(15).fill(0));
    executable.run(1, 2, 5, binding);
    expect([...viewOf(program, binding, z)]).toEqual(Array(15).fill(1));
    expect([...viewOf(program, binding, y)]).toEqual(Array(15).fill(0));
  });

  test('an empty range checks rows and memory all the same', () => {
    const { program } = draftSum();
    const executable = backend().compile(program);
    const binding = bind(program);
    expect(() => executable.run(0, 0, 6, binding)).toThrow(ShapeError);
    const short = { ...binding, buffers: [binding.buffers[0]!.subarray(1), binding.buffers[1]!] };
    expect(() => executable.run(2, 2, 5, short)).toThrow(ShapeError);
  });

  test('can be bound to other memory and other rows at each call', () => {
    const { program, z } = draftSum();
    const executable = backend().compile(program);
    const [first, second] = [bind(program), bind(program)];
    first.buffers[0]!.fill(1);
    second.buffers[0]!.fill(2);
    for (const [binding, rows] of [
      [first, 2],
      [second, 5],
      [first, 5],
      [second, 1],
      [first, 3],
    ] as const) {
      viewOf(program, binding, z).fill(-1);
      executable.run(0, 2, rows, binding);
      const value = binding === first ? 3 : 6;
      const want = Array.from({ length: 15 }, (_, i) => (i < rows * 3 ? value : -1));
      expect([...viewOf(program, binding, z)]).toEqual(want);
    }
    // One buffer stays, the other is new.
    const mixed = { ...first, buffers: [second.buffers[0]!, first.buffers[1]!] };
    executable.run(0, 2, 5, mixed);
    expect([...viewOf(program, first, z)]).toEqual(Array(15).fill(6));
  });

  test('sees what was written into its memory and scalars between runs', () => {
    const draft = new Draft('float64', 1);
    const buffer = draft.buffer('memory');
    const x = draft.slot(buffer, 'x', 1, 2);
    const y = draft.slot(buffer, 'y', 1, 2);
    draft.op('axpy', [x, y], [draft.scalar('alpha', 1)]);
    const program = draft.finish();
    const binding = bind(program);
    const executable = backend().compile(program);
    viewOf(program, binding, x).set([1, 2]);
    executable.run(0, 1, 1, binding);
    viewOf(program, binding, x).set([10, 20]);
    binding.scalars[0] = 0.5;
    executable.run(0, 1, 1, binding);
    expect([...viewOf(program, binding, y)]).toEqual([6, 12]);
  });

  for (const dtype of ['float32', 'float64'] as const) {
    test(`a whole training program, ${dtype}, in one range and in many`, () => {
      const { program, memory, scalar } = training(dtype);
      const count = program.instructions.length;
      const [whole, pieces] = [memory(1), memory(1)];
      for (const { scalars } of [whole, pieces]) {
        scalars[scalar('t')] = 1;
        scalars[scalar('learningRate')] = 0.01;
      }
      const buffers = whole.buffers.map((values) => Array.from(values));
      const scalars = Array.from(whole.scalars);
      interpret(program, [0, count], batch, buffers, scalars);
      const executable = backend().compile(program);
      executable.run(0, count, batch, whole);
      for (let i = 0; i < count; i++) executable.run(i, i + 1, batch, pieces);

      const within = dtype === 'float32' ? 1e-4 : 1e-11;
      whole.buffers.forEach((values, i) => {
        const name = `buffer ${program.buffers[i]!.name}`;
        expect(values).toBeInstanceOf(arrayTypes[program.buffers[i]!.dtype]);
        expectClose(values, buffers[i]!, within, name);
        expectClose(pieces.buffers[i]!, values, within, `${name} in pieces`);
      });
      expectClose(whole.scalars, scalars, within, 'scalars');
      expectClose(pieces.scalars, scalars, within, 'scalars in pieces');
    });
  }
}
