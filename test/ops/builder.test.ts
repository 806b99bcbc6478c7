import { describe, expect, it } from 'vitest';
import { ArgumentError, ShapeError, StateError } from '../../lib/core/errors.js';
import { type BuilderSlot, ProgramBuilder } from '../../lib/ops/builder.js';
import { formatProgram } from '../../lib/ops/listing.js';
import type { OpInstruction } from '../../lib/ops/program.js';

/** x → relu → relu → … → y, of which each activation is dead two instructions later. */
function reluChain(length: number): { builder: ProgramBuilder; activations: BuilderSlot[] } {
  const builder = new ProgramBuilder('float32');
  let x = builder.external('x', 'batch', 3);
  builder.phase('forward');
  const activations: BuilderSlot[] = [];
  for (let i = 0; i < length; i++) {
    builder.label(`relu${i}`);
    const y = builder.activation(`y${i}`, 'batch', 3);
    builder.emit('relu', { x, y }, {});
    activations.push(y);
    x = y;
  }
  return { builder, activations };
}

describe('ProgramBuilder', () => {
  it('lays out activations in a workspace, again and again in the same memory', () => {
    const { builder } = reluChain(6);
    const program = builder.build({ capacity: 10 });
    const workspace = program.buffers.find(({ name }) => name === 'workspace');
    // Two activations of 10 · 3 elements, rounded up to 64 bytes.
    expect(workspace?.length).toBe(64);
    expect(program.buffers[0]).toEqual({ name: 'x', dtype: 'float32', stepped: false, length: 30 });
    expect(program.phases).toEqual({ forward: [0, 6] });
    expect(program.slots.every(({ offset }) => offset % 16 === 0)).toBe(true);
  });

  it('keeps what is to be kept, and everything with keepAll', () => {
    const { builder, activations } = reluChain(6);
    const lengthOf = (options: { capacity: number; keepAll?: boolean }) =>
      builder.build(options).buffers.find(({ name }) => name === 'workspace')?.length;
    expect(lengthOf({ capacity: 10, keepAll: true })).toBe(6 * 32);
    builder.keep(activations[0]!);
    expect(lengthOf({ capacity: 10 })).toBe(3 * 32);
    expect(lengthOf({ capacity: 20 })).toBe(3 * 64);
  });

  it('moves an exposed activation into a buffer of its own', () => {
    const { builder, activations } = reluChain(2);
    builder.expose(activations[1]!, 'out');
    const program = builder.build({ capacity: 4 });
    const slot = program.slots[activations[1]!.id]!;
    expect(program.buffers[slot.buffer]).toMatchObject({ name: 'out', length: 12 });
    expect(() => builder.expose(activations[1]!, 'again')).toThrow(StateError);
    expect(() => builder.expose(activations[0]!, 'out')).toThrow(ArgumentError);
  });

  it('has separate workspaces for integers', () => {
    const builder = new ProgramBuilder('float64');
    const x = builder.external('x', 'batch', 3);
    const labels = builder.activation('labels', 'batch', 1, 'int32');
    builder.emit('argmax', { x, labels }, {});
    builder.emit('one_hot', { labels, y: builder.activation('y', 'batch', 3) }, {});
    const program = builder.build({ capacity: 5 });
    expect(program.buffers.map(({ name, dtype }) => [name, dtype])).toEqual([
      ['x', 'float64'],
      ['workspace', 'float64'],
      ['workspaceInt32', 'int32'],
    ]);
    expect(() => builder.activation('pixels', 'batch', 3, 'uint8')).toThrow(ArgumentError);
  });

  it('numbers scalars by name and constants by value', () => {
    const builder = new ProgramBuilder('float64');
    const x = builder.external('x', 'batch', 3);
    const y = builder.external('y', 'batch', 3);
    const rate = builder.scalar('learningRate', 0.5);
    expect(builder.scalar('learningRate')).toEqual(rate);
    builder.emit('axpy', { x, y }, { alpha: rate });
    builder.emit('axpy', { x, y }, { alpha: 2 });
    builder.emit('axpy', { x, y }, { alpha: 2 });
    const program = builder.build({ capacity: 1 });
    expect(program.scalars).toEqual([
      { name: 'learningRate', value: 0.5 },
      { name: '2', value: 2 },
    ]);
    expect(program.instructions.map(({ scalars }) => scalars)).toEqual([[0], [1], [1]]);
  });

  it('lists operands in the order of the catalogue', () => {
    const builder = new ProgramBuilder('float64');
    const [x, w, b] = [
      builder.external('x', 'batch', 3),
      builder.external('w', 4, 3),
      builder.external('b', 1, 4),
    ];
    const y = builder.activation('y', 'batch', 4);
    builder.emit('affine_nt', { y, b, w, x }, {});
    expect(builder.build({ capacity: 1 }).instructions[0]?.slots).toEqual([x.id, w.id, b.id, y.id]);
  });

  it('has slots of several rows for each row of the batch', () => {
    const builder = new ProgramBuilder('float32');
    const x = builder.external('x', 'batch', 12);
    const pixels = builder.activation('pixels', 'batch*6', 2);
    builder.emit('channels_last', { x, y: pixels }, {}, { height: 2, width: 3 });
    const y = builder.external('y', 'batch*6', 2);
    builder.emit('relu', { x: pixels, y }, {});
    const program = builder.build({ capacity: 5 });
    expect(program.slots[y.id]).toMatchObject({ rows: 'batch*6', cols: 2 });
    expect(program.buffers.map(({ name, length }) => [name, length])).toEqual([
      ['x', 60],
      ['y', 60],
      ['workspace', 64],
    ]);
    expect(program.instructions.map((each) => [each.op, (each as OpInstruction).attributes])).toEqual([
      ['channels_last', [2, 3]],
      ['relu', []],
    ]);
  });

  it('takes batch*1 for batch', () => {
    const builder = new ProgramBuilder('float32');
    const x = builder.external('x', 'batch*1', 3);
    expect(() => builder.emit('relu', { x, y: builder.external('y', 'batch', 3) }, {})).not.toThrow();
  });

  it('prints a listing', () => {
    const { builder } = reluChain(2);
    const listing = formatProgram(builder.build({ capacity: 2 }));
    expect(listing).toContain('relu0');
    expect(listing).toContain('forward');
  });

  describe('refuses', () => {
    const builder = () => new ProgramBuilder('float64');

    it('shapes that do not unify', () => {
      const made = builder();
      const [x, w, b] = [made.external('x', 'batch', 3), made.external('w', 4, 5), made.external('b', 1, 4)];
      expect(() => made.emit('affine_nt', { x, w, b, y: made.activation('y', 'batch', 4) }, {})).toThrow(
        ShapeError,
      );
      expect(() => made.emit('affine_nt', { x, w, b, y: made.activation('y', 'batch', 4) }, {})).toThrow(
        'affine_nt: expected k = 3 (from x) in w but "w" is (4, 5)',
      );
      const wide = made.external('wide', 2, 4);
      const fits = made.external('fits', 4, 3);
      const y = made.activation('y', 'batch', 4);
      expect(() => made.emit('affine_nt', { x, w: fits, b: wide, y }, {})).toThrow(
        'expected 1 = 1 (from the catalogue)',
      );
    });

    it('multiples of the batch that are others, or none', () => {
      const made = builder();
      const x = made.external('x', 'batch*6', 3);
      const y = made.external('y', 'batch*7', 3);
      expect(() => made.emit('relu', { x, y }, {})).toThrow(
        'relu: expected n = batch*6 (from x) in y but "y" is (batch*7, 3)',
      );
      expect(() => made.emit('relu', { x, y: made.external('z', 6, 3) }, {})).toThrow(ShapeError);
      const words = ['batch*0', 'batch*-1', 'batch*1.5', 'batch*1e3', 'rows' as 'batch'] as const;
      for (const rows of words) {
        expect(() => made.activation('a', rows, 3)).toThrow(ShapeError);
      }
    });

    it('attributes that are missing, no integers, or do not fit the sizes', () => {
      const made = builder();
      const x = made.external('x', 'batch', 12);
      const y = made.external('y', 'batch*6', 2);
      const emit = (attributes?: object) => () =>
        made.emit('channels_last', { x, y }, {}, attributes as { height: number; width: number });
      expect(emit()).toThrow('channels_last: expected the attributes height, width but received none');
      expect(emit({ height: 2, breadth: 3 })).toThrow(ArgumentError);
      for (const height of [0.5, -1, 2 ** 31, Number.NaN, '2']) {
        expect(emit({ height, width: 3 })).toThrow(ArgumentError);
      }
      expect(emit({ height: 0, width: 3 })).toThrow('expected height to be at least 1 but received 0');
      expect(emit({ height: 2, width: 2 })).toThrow('expected f = c·height·width = 2·2·2 but received 12');
      const short = made.external('short', 'batch*3', 2);
      expect(() => made.emit('channels_last', { x, y: short }, {}, { height: 2, width: 3 })).toThrow(
        'expected p = n·height·width = batch·2·3 but received batch*3',
      );
    });

    it('dtypes that the catalogue does not take', () => {
      const made = builder();
      const x = made.external('x', 'batch', 3, 'float32');
      expect(() => made.emit('relu', { x, y: made.activation('y', 'batch', 3) }, {})).toThrow(ShapeError);
      const pixels = made.external('pixels', 9, 3, 'uint8');
      const rows = made.external('rows', 'batch', 1, 'int32', { stepped: true });
      made.emit('gather', { data: pixels, rows, x: made.activation('batch', 'batch', 3) }, {});
      const bytes = made.external('bytes', 'batch', 1, 'uint8');
      expect(() =>
        made.emit('gather', { data: pixels, rows: bytes, x: made.activation('b', 'batch', 3) }, {}),
      ).toThrow(ShapeError);
    });

    it('operands of an op in two dtypes, but for results that may be rounded', () => {
      const made = new ProgramBuilder('float32');
      const wide = (name: string) => made.external(name, 'batch', 3, 'float64');
      const narrow = (name: string) => made.external(name, 'batch', 3);
      expect(() => made.emit('relu', { x: wide('a'), y: narrow('b') }, {})).toThrow(ShapeError);
      expect(() => made.emit('relu', { x: narrow('c'), y: wide('d') }, {})).toThrow(
        'relu: expected y to be float32 but "d" is float64',
      );
      made.emit('relu', { x: wide('e'), y: wide('f') }, {});
      const shift = made.external('shift', 1, 3, 'float64');
      const scale = made.external('scale', 1, 3, 'float64');
      const single = made.external('single', 1, 3);
      made.emit('normalize', { x: wide('g'), shift, scale, y: narrow('h') }, {});
      made.emit('normalize', { x: wide('i'), shift, scale, y: wide('j') }, {});
      const mixed = { x: wide('k'), shift, scale: single, y: narrow('l') };
      expect(() => made.emit('normalize', mixed, {})).toThrow(ShapeError);
      const wider = { x: wide('m'), shift: single, scale: single, y: wide('n') };
      expect(() => made.emit('normalize', wider, {})).toThrow(ShapeError);
    });

    it('one slot for two operands of which one is written', () => {
      const made = builder();
      const x = made.external('x', 'batch', 3);
      expect(() => made.emit('relu', { x, y: x }, {})).toThrow('expected y and x apart');
    });

    it('a read before any write', () => {
      const made = builder();
      const never = made.activation('never', 'batch', 3);
      const y = made.activation('y', 'batch', 3);
      expect(() => made.emit('relu', { x: never, y }, {})).toThrow(StateError);
      const a = made.external('a', 'batch', 3);
      const b = made.external('b', 3, 3);
      const c = made.activation('c', 'batch', 3);
      expect(() => made.emit('gemm_nn', { a, b, c }, { alpha: 1, beta: 1 })).toThrow(StateError);
      made.emit('gemm_nn', { a, b, c }, { alpha: 1, beta: 0 });
      expect(() => made.host([never], [], () => undefined)).toThrow(StateError);
    });

    it('names that the op has not, and slots of another builder', () => {
      const made = builder();
      const x = made.external('x', 'batch', 3);
      const y = made.activation('y', 'batch', 3);
      expect(() => made.emit('relu', { x, out: y } as never, {})).toThrow(
        'expected the operands x, y but received x, out',
      );
      expect(() => made.emit('axpy', { x, y }, {} as never)).toThrow(
        'expected the scalars alpha but received none',
      );
      const foreign = builder().external('x', 'batch', 3);
      expect(() => made.emit('relu', { x: foreign, y }, {})).toThrow('belongs to another builder');
    });

    it('phases out of order, sizes that are not positive, buffers twice, no capacity', () => {
      const made = builder();
      made.phase('loss');
      expect(() => made.phase('forward')).toThrow(StateError);
      expect(() => made.activation('none', 0, 3)).toThrow(ShapeError);
      made.external('x', 'batch', 3);
      expect(() => made.external('x', 'batch', 3)).toThrow(ArgumentError);
      expect(() => made.at(9, 0, 'y', 1, 1)).toThrow(ArgumentError);
      expect(() => made.build({ capacity: 0 })).toThrow(ArgumentError);
    });
  });
});
