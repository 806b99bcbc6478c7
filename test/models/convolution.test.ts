import { describe, expect, it } from 'vitest';
import { ArgumentError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { Tensor, type TensorLike, tensor } from '../../lib/core/tensors/tensor.js';
import { convBackward, convForward } from '../../lib/models/by-hand/convolution.js';
import { affineBackward, affineForward } from '../../lib/models/by-hand/functional.js';
import { maxPoolBackward, maxPoolForward } from '../../lib/models/by-hand/pooling.js';
import { evalNumericalGradientArray, relError } from '../../lib/train/numerical-gradient.js';
import { expectClose, readOracle } from './oracle.js';

/** NumPy's linspace(first, last, number of elements).reshape(shape). */
function linspace(first: number, last: number, ...shape: number[]): Tensor {
  const size = shape.reduce((product, each) => product * each, 1);
  return tensor(
    Float64Array.from({ length: size }, (_, i) => first + ((last - first) * i) / (size - 1)),
    shape,
  );
}

// The numbers below are those of ConvolutionalNetworks.ipynb, https://cs231n.github.io/assignments2023/assignment2.
describe('convForward', () => {
  it('gives the output of the notebook of cs231n', () => {
    const x = linspace(-0.1, 0.5, 2, 3, 4, 4);
    const w = linspace(-0.2, 0.3, 3, 3, 4, 4);
    const b = linspace(-0.1, 0.2, 3);
    const { out } = convForward(x, w, b, { stride: 2, pad: 1 });
    const correct = [
      [
        [
          [-0.08759809, -0.10987781],
          [-0.18387192, -0.2109216],
        ],
        [
          [0.21027089, 0.21661097],
          [0.22847626, 0.23004637],
        ],
        [
          [0.50813986, 0.54309974],
          [0.64082444, 0.67101435],
        ],
      ],
      [
        [
          [-0.98053589, -1.03143541],
          [-1.19128892, -1.24695841],
        ],
        [
          [0.69108355, 0.66880383],
          [0.59480972, 0.56776003],
        ],
        [
          [2.36270298, 2.36904306],
          [2.38090835, 2.38247847],
        ],
      ],
    ];
    expect(out.shape).toEqual([2, 3, 2, 2]);
    // The notebook prints 2.2121476417505994e-08.
    expect(relError(out, correct)).toBeLessThan(2.3e-8);
  });

  it('leaves pixels out that no window reaches, and takes a stride of 1 and no zeros', () => {
    const x = linspace(0, 1, 1, 1, 3, 4);
    const { out } = convForward(x, [[[[1, 0]]]], [0]);
    expect(out.shape).toEqual([1, 1, 3, 3]);
    const wide = convForward(x, [[[[1]]]], [0.5], { stride: 3 });
    expect(wide.out.toArray()).toEqual([[[[0.5, 0.5 + 3 / 11]]]]);
  });

  it('computes in float32 for float32 tensors', () => {
    const single = (value: Tensor) => new Tensor(Float32Array.from(value.elements()), value.shape);
    const [x, w, b] = [linspace(-1, 1, 2, 2, 5, 5), linspace(-1, 1, 3, 2, 3, 3), linspace(0, 1, 3)];
    const { out, cache } = convForward(single(x), single(w), single(b), { pad: 1 });
    expect(out.dtype).toBe('float32');
    const exact = convForward(x, w, b, { pad: 1 });
    expect(relError(out, exact.out)).toBeLessThan(1e-5);
    const { dx, dw, db } = convBackward(out, cache);
    expect([dx, dw, db].map(({ dtype }) => dtype)).toEqual(['float32', 'float32', 'float32']);
  });

  it('is an affine layer where filters are as large as the pictures', () => {
    const rng = new RandomState(3);
    const [x, w, b, dout] = [rng.randn(5, 2, 3, 4), rng.randn(6, 2, 3, 4), rng.randn(6), rng.randn(5, 6)];
    const flat = w.reshape(6, 24).T;
    const { out, cache } = convForward(x, w, b);
    const affine = affineForward(x, flat, b);
    expectClose(out.reshape(5, 6), affine.out, 1e-12);
    const gradients = convBackward(dout.reshape(5, 6, 1, 1), cache);
    const expected = affineBackward(dout, affine.cache);
    expectClose(gradients.dx, expected.dx, 1e-12);
    expectClose(gradients.dw.contiguous().reshape(6, 24), expected.dw.T, 1e-12);
    expectClose(gradients.db, expected.db, 1e-12);
  });
});

describe('convBackward', () => {
  /** The outputs are linear in each of the three: no step is too large. */
  const h = 0.01;

  /** cs231n's check of a layer, by central differences. */
  function expectGradients(
    [x, w, b]: readonly [Tensor, Tensor, Tensor],
    dout: Tensor,
    options: { stride: number; pad: number },
  ): void {
    const { dx, dw, db } = convBackward(dout, convForward(x, w, b, options).cache);
    const numeric = (f: (at: Tensor) => Tensor, at: Tensor) => evalNumericalGradientArray(f, at, dout, { h });
    expect(
      relError(
        dx,
        numeric((at) => convForward(at, w, b, options).out, x),
      ),
    ).toBeLessThan(1e-7);
    expect(
      relError(
        dw,
        numeric((at) => convForward(x, at, b, options).out, w),
      ),
    ).toBeLessThan(1e-7);
    expect(
      relError(
        db,
        numeric((at) => convForward(x, w, at, options).out, b),
      ),
    ).toBeLessThan(1e-7);
  }

  it('matches central differences on the tensors of the notebook of cs231n', () => {
    const rng = new RandomState(231);
    const inputs = [rng.randn(4, 3, 5, 5), rng.randn(2, 3, 3, 3), rng.randn(2)] as const;
    expectGradients(inputs, rng.randn(4, 2, 5, 5), { stride: 1, pad: 1 });
  });

  it('matches central differences at a stride, for windows that leave pixels out', () => {
    const rng = new RandomState(5);
    const inputs = [rng.randn(2, 2, 6, 7), rng.randn(3, 2, 3, 2), rng.randn(3)] as const;
    expectGradients(inputs, rng.randn(2, 3, 2, 3), { stride: 2, pad: 0 });
    const large = [rng.randn(1, 1, 2, 3), rng.randn(2, 1, 4, 4), rng.randn(2)] as const;
    expectGradients(large, rng.randn(1, 2, 1, 2), { stride: 1, pad: 1 });
  });

  it('takes weights where they lie, channels last, and gives their gradient so', () => {
    const rng = new RandomState(6);
    const [x, w, b, dout] = [
      rng.randn(2, 3, 5, 5),
      rng.randn(4, 3, 3, 3),
      rng.randn(4),
      rng.randn(2, 4, 3, 3),
    ];
    const own = new Tensor(new Float64Array(w.size), [4, 3, 3, 3], [27, 1, 9, 3]);
    for (const [f, filter] of (w.toArray() as number[][][][]).entries()) {
      filter.forEach((channel, c) => {
        channel.forEach((row, i) => {
          row.forEach((value, j) => {
            own.set(f, c, i, j, value);
          });
        });
      });
    }
    const [copied, shown] = [convForward(x, w, b), convForward(x, own, b)];
    expect(shown.out.toArray()).toEqual(copied.out.toArray());
    const { dw } = convBackward(dout, shown.cache);
    expect(dw.shape).toEqual([4, 3, 3, 3]);
    expect(dw.strides).toEqual([27, 1, 9, 3]);
    expect(dw.toArray()).toEqual(convBackward(dout, copied.cache).dw.toArray());
  });
});

describe('maxPoolForward', () => {
  it('gives the output of the notebook of cs231n', () => {
    const x = linspace(-0.3, 0.4, 2, 3, 4, 4);
    const { out } = maxPoolForward(x, { poolHeight: 2, poolWidth: 2, stride: 2 });
    const correct = [
      [
        [
          [-0.26315789, -0.24842105],
          [-0.20421053, -0.18947368],
        ],
        [
          [-0.14526316, -0.13052632],
          [-0.08631579, -0.07157895],
        ],
        [
          [-0.02736842, -0.01263158],
          [0.03157895, 0.04631579],
        ],
      ],
      [
        [
          [0.09052632, 0.10526316],
          [0.14947368, 0.16421053],
        ],
        [
          [0.20842105, 0.22315789],
          [0.26736842, 0.28210526],
        ],
        [
          [0.32631579, 0.34105263],
          [0.38526316, 0.4],
        ],
      ],
    ];
    // The notebook prints 4.1666665157267834e-08.
    expect(relError(out, correct)).toBeLessThan(4.2e-8);
  });

  it('gives NaN where one is NaN', () => {
    const { out } = maxPoolForward([[[[1, Number.NaN, 2, 3]]]], { poolHeight: 1, poolWidth: 2, stride: 2 });
    expect(out.toArray()).toEqual([[[[Number.NaN, 3]]]]);
  });
});

describe('maxPoolBackward', () => {
  it('matches central differences on the tensors of the notebook of cs231n', () => {
    const rng = new RandomState(231);
    const [x, dout] = [rng.randn(3, 2, 8, 8), rng.randn(3, 2, 4, 4)];
    const options = { poolHeight: 2, poolWidth: 2, stride: 2 };
    const dx = maxPoolBackward(dout, maxPoolForward(x, options).cache);
    const numeric = evalNumericalGradientArray((at) => maxPoolForward(at, options).out, x, dout);
    expect(relError(dx, numeric)).toBeLessThan(1e-7);
  });

  it('adds up where windows overlap, and gives a gradient to the first of equals', () => {
    const x = [[[[1, 5, 5, 0]]]];
    const { cache } = maxPoolForward(x, { poolHeight: 1, poolWidth: 2, stride: 1 });
    expect(maxPoolBackward([[[[1, 10, 100]]]], cache).toArray()).toEqual([[[[0, 11, 100, 0]]]]);
  });
});

describe("the oracle of CS189's second part", () => {
  interface Oracle {
    readonly x: TensorLike;
    readonly conv: Readonly<Record<'w' | 'b' | 'y' | 'dout' | 'dx' | 'dw' | 'db', TensorLike>> & {
      readonly stride: number;
      readonly pad: number;
    };
    readonly maxPool: Readonly<Record<'y' | 'dout' | 'dx', TensorLike>> & {
      readonly size: number;
      readonly stride: number;
    };
  }
  const oracle = readOracle<Oracle>('cs189-conv-pool');

  it('convForward and convBackward: a stack of masks, and the gradients by masks and image', () => {
    const { w, b, y, dout, dx, dw, db, stride, pad } = oracle.conv;
    const { out, cache } = convForward(oracle.x, w, b, { stride, pad });
    expectClose(out, y, 1e-12);
    const gradients = convBackward(dout, cache);
    expectClose(gradients.dx, dx, 1e-12);
    expectClose(gradients.dw, dw, 1e-12);
    expectClose(gradients.db, db, 1e-12);
  });

  it('maxPoolForward and maxPoolBackward', () => {
    const { y, dout, dx, size, stride } = oracle.maxPool;
    const { out, cache } = maxPoolForward(oracle.x, { poolHeight: size, poolWidth: size, stride });
    expectClose(out, y, 0);
    expectClose(maxPoolBackward(dout, cache), dx, 0);
  });
});

describe('functions of pictures refuse', () => {
  const x = linspace(0, 1, 1, 2, 3, 3);

  it('shapes that do not fit', () => {
    expect(() => convForward([[1]], [[[[1]]]], [0])).toThrow(ShapeError);
    expect(() => convForward(x, linspace(0, 1, 1, 3, 2, 2), [0])).toThrow('(F, 2, HH, WW)');
    expect(() => convForward(x, linspace(0, 1, 1, 2, 4, 4), [0])).toThrow(
      'convForward: expected w to be at most as high and wide as the pictures with their zeros (3, 3)',
    );
    expect(() => convForward(x, linspace(0, 1, 1, 2, 2, 2), [0, 0])).toThrow(ShapeError);
    expect(() => maxPoolForward(x, { poolHeight: 4, poolWidth: 1, stride: 1 })).toThrow(ShapeError);
    const { cache } = convForward(x, linspace(0, 1, 1, 2, 2, 2), [0]);
    expect(() => convBackward(linspace(0, 1, 1, 1, 3, 3), cache)).toThrow('(1, 1, 2, 2)');
  });

  it('caches of other functions and options that are none', () => {
    const { cache } = maxPoolForward(x, { poolHeight: 2, poolWidth: 2, stride: 1 });
    expect(() => convBackward(x, cache as never)).toThrow('the cache that convForward returned');
    expect(() => maxPoolBackward(x, {} as never)).toThrow('the cache that maxPoolForward returned');
    expect(() => convForward(x, x, [0], { padding: 1 } as never)).toThrow(ArgumentError);
    expect(() => convForward(x, x, [0], { stride: 0 })).toThrow('stride');
    expect(() => convForward(x, x, [0], { pad: -1 })).toThrow('pad');
    expect(() => maxPoolForward(x, { poolHeight: 2 } as never)).toThrow('poolWidth');
  });
});
