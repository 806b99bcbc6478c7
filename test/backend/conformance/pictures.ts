import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allocate } from '../../../lib/core/memory.js';
import { ProgramBuilder } from '../../../lib/ops/builder.js';
import { fixture } from '../../fixtures/index.js';
import { expectClose } from '../comparison.js';
import type { Load } from '../conformance.js';

interface Convolution {
  readonly pictures: number;
  readonly channels: number;
  readonly filters: number;
  // biome-ignore format: a list of names
  readonly attributes: Record<
    'height' | 'width' | 'kernelHeight' | 'kernelWidth' | 'strideY' | 'strideX' | 'paddingY' | 'paddingX', number>;
  readonly x: number[];
  readonly w: number[];
  readonly b: number[];
  readonly y: number[];
  readonly dy: number[];
  readonly dx: number[];
  readonly dw: number[];
  readonly db: number[];
}

interface Pool {
  readonly pictures: number;
  readonly channels: number;
  // biome-ignore format: a list of names
  readonly attributes: Record<
    'height' | 'width' | 'poolHeight' | 'poolWidth' | 'strideY' | 'strideX' | 'paddingY' | 'paddingX', number>;
  readonly x: number[];
  readonly y: number[];
  readonly dy: number[];
  readonly dx: number[];
}

/** PyTorch's numbers; `pictures/make.py` made them. */
const torch = JSON.parse(readFileSync(fixture('pictures/pytorch.json'), 'utf8')) as {
  readonly conv2d: readonly Convolution[];
  readonly max_pool: readonly Pool[];
  readonly avg_pool: readonly Pool[];
};

const within = 1e-10;

export function testPictures(backend: Load): void {
  /** Runs a program whose buffers are filled from `given`, and compares what it leaves in the others. */
  function expectNumbers(builder: ProgramBuilder, numbers: object): void {
    const expected = numbers as Readonly<Record<string, readonly number[]>>;
    const program = builder.build({ capacity: 1 });
    const buffers = program.buffers.map(({ name, dtype, length }) => {
      const buffer = allocate(dtype, length);
      if (['x', 'w', 'b', 'dy'].includes(name)) buffer.set(expected[name]!);
      return buffer;
    });
    const scalars = Float64Array.from(program.scalars, ({ value }) => value);
    backend().compile(program).run(0, program.instructions.length, 1, { buffers, scalars });
    program.buffers.forEach(({ name }, i) => {
      expectClose(buffers[i]!, expected[name]!, within, name);
    });
  }

  test.each(torch.conv2d.map((each) => [JSON.stringify(each.attributes), each] as const))(
    'conv2d and its gradients as in PyTorch: %s',
    (_, given) => {
      const { channels, filters, attributes } = given;
      const builder = new ProgramBuilder('float64');
      const x = builder.external('x', given.x.length / channels, channels);
      const w = builder.external('w', filters, given.w.length / filters);
      const b = builder.external('b', 1, filters);
      const y = builder.external('y', given.y.length / filters, filters);
      builder.emit('conv2d', { x, w, b, y }, {}, attributes);
      const dy = builder.external('dy', y.rows, filters);
      const dx = builder.external('dx', x.rows, channels);
      const dw = builder.external('dw', filters, w.cols);
      builder.emit('conv2d_input', { dy, w, dx }, { beta: 0 }, attributes);
      builder.emit('conv2d_weights', { dy, x, dw }, { beta: 0 }, attributes);
      builder.emit('column_sum', { x: dy, y: builder.external('db', 1, filters) }, { beta: 0 });
      expectNumbers(builder, given);
    },
  );

  test.each(torch.max_pool.map((each) => [JSON.stringify(each.attributes), each] as const))(
    'max_pool and its gradient as in PyTorch: %s',
    (_, given) => {
      const { channels, attributes } = given;
      const builder = new ProgramBuilder('float64');
      const x = builder.external('x', given.x.length / channels, channels);
      const y = builder.external('y', given.y.length / channels, channels);
      builder.emit('max_pool', { x, y }, {}, attributes);
      const dy = builder.external('dy', y.rows, channels);
      const dx = builder.external('dx', x.rows, channels);
      builder.emit('max_pool_backward', { dy, x, dx }, { beta: 0 }, attributes);
      expectNumbers(builder, given);
    },
  );

  test.each(torch.avg_pool.map((each) => [JSON.stringify(each.attributes), each] as const))(
    'avg_pool and its gradient as in PyTorch: %s',
    (_, given) => {
      const { channels, attributes } = given;
      const builder = new ProgramBuilder('float64');
      const x = builder.external('x', given.x.length / channels, channels);
      const y = builder.external('y', given.y.length / channels, channels);
      builder.emit('avg_pool', { x, y }, {}, attributes);
      const dy = builder.external('dy', y.rows, channels);
      const dx = builder.external('dx', x.rows, channels);
      builder.emit('avg_pool_backward', { dy, dx }, { beta: 0 }, attributes);
      expectNumbers(builder, given);
    },
  );

  test('windows that do not fit the pictures are refused', () => {
    const builder = new ProgramBuilder('float32');
    const x = builder.external('x', 'batch*20', 3);
    const w = builder.external('w', 2, 12);
    const b = builder.external('b', 1, 2);
    const y = builder.external('y', 'batch*12', 2);
    const good = { height: 4, width: 5, kernelHeight: 2, kernelWidth: 2, strideY: 1, strideX: 1 };
    const emit = (change: object) => () =>
      builder.emit('conv2d', { x, w, b, y }, {}, { ...good, paddingY: 0, paddingX: 0, ...change });
    expect(emit({})).not.toThrow();
    expect(() => backend().compile(builder.build({ capacity: 3 }))).not.toThrow();
    expect(emit({ strideX: 0 })).toThrow('conv2d: expected strideX to be at least 1 but received 0');
    expect(emit({ kernelHeight: 5 })).toThrow(
      'expected kernelHeight to be at most height + 2·padding = 4 + 2·0 but received 5',
    );
    expect(emit({ kernelWidth: 8, paddingX: 1 })).toThrow('expected kernelWidth to be at most width');
    expect(emit({ width: 3 })).toThrow(
      'expected p to be a multiple of height·width = 4·3 but received batch*20',
    );
    expect(emit({ strideY: 2 })).toThrow(
      'expected q = pictures·rows·columns of windows = batch·2·4 but received batch*12',
    );
    expect(emit({ height: 2, width: 5 })).toThrow('batch*2·1·4 but received batch*12');
    expect(emit({ kernelHeight: 1, kernelWidth: 3 })).toThrow(
      'expected k = kernelHeight·kernelWidth·c = 1·3·3 but received 12',
    );
    const pool = builder.external('pool', 'batch*20', 3);
    const padded = { ...good, poolHeight: 3, poolWidth: 3, paddingY: 2, paddingX: 1 };
    const { kernelHeight: _, kernelWidth: __, ...attributes } = padded;
    const wide = builder.external('wide', 'batch*30', 3);
    expect(() => builder.emit('max_pool', { x: pool, y: wide }, {}, attributes)).toThrow(
      'max_pool: expected paddingY to be at most half of poolHeight, 3, but received 2',
    );
  });
}
