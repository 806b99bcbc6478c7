import { expect, test } from 'vitest';
import { ArgumentError, ShapeError } from '../../../lib/core/errors.js';
import type { Instruction, Program, Slot } from '../../../lib/ops/program.js';
import type { Load } from '../conformance.js';
import { Draft } from '../draft.js';

type ErrorClass = typeof ArgumentError | typeof ShapeError;

/** y = relu(x·wᵀ + b) of a batch, its softmax loss, and the gather that comes before. */
function sound(): Program {
  const draft = new Draft('float32', 8);
  const values = draft.buffer('values');
  const whole = draft.buffer('whole', 'int32');
  const x = draft.slot(values, 'x', 'batch', 3);
  const w = draft.slot(values, 'w', 5, 3);
  const b = draft.slot(values, 'b', 1, 5);
  const y = draft.slot(values, 'y', 'batch', 5);
  const losses = draft.slot(values, 'losses', 'batch', 1);
  const dy = draft.slot(values, 'dy', 'batch', 5);
  const labels = draft.slot(whole, 'labels', 'batch', 1);
  const loss = draft.scalar('loss', 0);
  draft.op('affine_nt', [x, w, b, y]);
  draft.op('relu', [y, y]);
  draft.phase('forward');
  draft.op('softmax_cross_entropy', [y, labels, losses, dy]);
  draft.op('mean', [losses], [loss]);
  draft.phase('loss');
  const pixels = draft.slot(values, 'pixels', 'batch*3', 1);
  draft.op('channels_last', [x, pixels], [], [1, 3]);
  return draft.finish();
}

const withSlot = (index: number, change: Partial<Slot>) => (program: Program) => ({
  ...program,
  slots: program.slots.map((slot, i) => (i === index ? { ...slot, ...change } : slot)),
});

const withInstruction = (index: number, change: object) => (program: Program) => ({
  ...program,
  instructions: program.instructions.map((each, i) =>
    i === index ? ({ ...each, ...change } as Instruction) : each,
  ),
});

const bad: readonly [string, (program: Program) => Program, ErrorClass][] = [
  ['an unknown op', withInstruction(0, { op: 'convolve' }), ArgumentError],
  ['an op named as a property of all objects', withInstruction(0, { op: 'constructor' }), ArgumentError],
  ['a slot out of range', withInstruction(0, { slots: [0, 1, 2, 8] }), ArgumentError],
  ['a negative slot', withInstruction(0, { slots: [0, 1, 2, -1] }), ArgumentError],
  ['a fractional slot', withInstruction(0, { slots: [0, 1, 2, 1.5] }), ArgumentError],
  ['too few slots', withInstruction(0, { slots: [0, 1, 2] }), ArgumentError],
  ['too many slots', withInstruction(0, { slots: [0, 1, 2, 3, 3] }), ArgumentError],
  ['a scalar out of range', withInstruction(3, { scalars: [1] }), ArgumentError],
  ['too few scalars', withInstruction(3, { scalars: [] }), ArgumentError],
  ['too many scalars', withInstruction(0, { scalars: [0] }), ArgumentError],
  ['a host instruction without a function', withInstruction(1, { op: 'host', run: 1 }), ArgumentError],
  ['operands whose inner sizes differ', withSlot(1, { cols: 2 }), ShapeError],
  ['operands whose rows differ', withSlot(3, { rows: 7 }), ShapeError],
  ['a bias of two rows', withSlot(2, { rows: 2, cols: 2 }), ShapeError],
  ['a column where the batch should be', withInstruction(1, { slots: [3, 1] }), ShapeError],
  ['floats for labels', withInstruction(2, { slots: [3, 4, 4, 5] }), ArgumentError],
  ['labels for floats', withInstruction(3, { slots: [6] }), ArgumentError],
  ['a slot whose dtype is not its buffer’s', withSlot(6, { dtype: 'float32' }), ArgumentError],
  ['a slot of an unknown buffer', withSlot(0, { buffer: 2 }), ArgumentError],
  ['a slot that ends behind its buffer', withSlot(5, { offset: 1000 }), ShapeError],
  ['a negative offset', withSlot(0, { offset: -1 }), ArgumentError],
  ['a fractional offset', withSlot(0, { offset: 0.5 }), ArgumentError],
  ['a NaN offset', withSlot(0, { offset: Number.NaN }), ArgumentError],
  ['a slot without columns', withSlot(0, { cols: 0 }), ArgumentError],
  ['a slot without rows', withSlot(1, { rows: 0 }), ArgumentError],
  ['a size that no memory has', withSlot(1, { rows: 2 ** 52 }), ShapeError],
  ['a dtype that is not float', (program) => ({ ...program, dtype: 'int32' as 'float32' }), ArgumentError],
  ['a dtype that is not the operands’', (program) => ({ ...program, dtype: 'float64' }), ArgumentError],
  ['rows that are no multiple of the batch', withSlot(7, { rows: 'batch*0' }), ArgumentError],
  ['rows that are part of the batch', withSlot(7, { rows: 'batch*0.5' as 'batch*1' }), ArgumentError],
  ['rows that are a word', withSlot(7, { rows: 'rows' as 'batch' }), ArgumentError],
  ['rows of another multiple of the batch', withSlot(7, { rows: 'batch*2' }), ShapeError],
  ['rows of a multiple that no memory has', withSlot(7, { rows: `batch*${2 ** 52}` }), ShapeError],
  ['too few attributes', withInstruction(4, { attributes: [1] }), ArgumentError],
  ['no attributes', withInstruction(4, { attributes: undefined }), ArgumentError],
  ['too many attributes', withInstruction(1, { attributes: [1] }), ArgumentError],
  ['a negative attribute', withInstruction(4, { attributes: [1, -3] }), ArgumentError],
  ['a fractional attribute', withInstruction(4, { attributes: [1, 0.5] }), ArgumentError],
  ['an attribute of more than 31 bits', withInstruction(4, { attributes: [1, 2 ** 31] }), ArgumentError],
  ['pictures without height', withInstruction(4, { attributes: [0, 3] }), ShapeError],
  ['pictures larger than the rows', withInstruction(4, { attributes: [2, 3] }), ShapeError],
  ['no capacity', (program) => ({ ...program, capacity: 0 }), ArgumentError],
  ['a capacity beyond the buffers', (program) => ({ ...program, capacity: 9 }), ShapeError],
  ['a phase out of range', (program) => ({ ...program, phases: { loss: [2, 6] } }), ArgumentError],
  [
    'a phase that ends before it starts',
    (program) => ({ ...program, phases: { loss: [2, 1] } }),
    ArgumentError,
  ],
  ['a fractional phase', (program) => ({ ...program, phases: { loss: [0.5, 2] } }), ArgumentError],
  [
    'phases that overlap',
    (program) => ({ ...program, phases: { loss: [0, 3], update: [2, 4] } }),
    ArgumentError,
  ],
];

export function testBadPrograms(backend: Load): void {
  test('accepts a sound program and keeps it', () => {
    const program = sound();
    expect(backend().compile(program).program).toBe(program);
  });

  for (const [name, change, error] of bad) {
    test(`refuses ${name}`, () => {
      expect(() => backend().compile(change(sound()))).toThrow(error);
    });
  }

  test('names the instruction, the operand and the sizes', () => {
    const program = withSlot(1, { cols: 2 })(sound());
    expect(() => backend().compile(program)).toThrow(/affine_nt.*\bw\b.*\b5\b.*\b3\b.*\b5\b.*\b2\b/);
  });
}
