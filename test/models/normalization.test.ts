import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { Tensor } from '../../lib/core/tensors/tensor.js';
import {
  affineBatchnormReluBackward,
  affineBatchnormReluForward,
} from '../../lib/models/by-hand/affine-batchnorm-relu.js';
import {
  type BatchnormParam,
  batchnormBackward,
  batchnormBackwardAlt,
  batchnormForward,
} from '../../lib/models/by-hand/batchnorm.js';
import { affineForward, affineReluForward } from '../../lib/models/by-hand/functional.js';
import { layernormBackward, layernormForward } from '../../lib/models/by-hand/layernorm.js';
import {
  spatialBatchnormBackward,
  spatialBatchnormForward,
  spatialGroupnormBackward,
  spatialGroupnormForward,
} from '../../lib/models/by-hand/spatial-norms.js';
import { evalNumericalGradientArray, relError } from '../../lib/train/numerical-gradient.js';

/** Mean and standard deviation of each column of rows, as NumPy's `mean` and `std` have them. */
function statisticsOf(rows: readonly (readonly number[])[], axis: 0 | 1 = 0) {
  const lines = axis === 1 ? rows : rows[0]!.map((_, j) => rows.map((row) => row[j]!));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const means = lines.map(mean);
  const stds = lines.map((line, i) => Math.sqrt(mean(line.map((value) => (value - means[i]!) ** 2))));
  return { means, stds };
}

const rowsOf = (tensor: Tensor) => tensor.toArray() as number[][];

/** Each channel of pictures, as a row. */
function channelsOf(pictures: Tensor): number[][] {
  const [n, c, h, w] = pictures.shape as [number, number, number, number];
  const byChannel = new Tensor(pictures.elements(), [c, n, h * w], [h * w, c * h * w, 1]).contiguous();
  return rowsOf(byChannel.reshape(c, n * h * w));
}

/** Fails unless each is within half of the last printed digit, or so near to 0 as rounding leaves it. */
function expectPrinted(got: readonly number[], printed: readonly number[], digits = 8): void {
  expect(got.length).toBe(printed.length);
  printed.forEach((value, i) => {
    expect(Math.abs(got[i]! - value), `[${i}]`).toBeLessThan(0.6 * 10 ** -digits + 1e-13);
  });
}

const scaled = (tensor: Tensor, factor: number, shift: number) =>
  new Tensor(
    tensor.elements().map((value) => factor * value + shift),
    tensor.shape,
  );

// The numbers that cs231n's notebooks print (assignment2 of 2020 and later: BatchNormalization.ipynb, ConvolutionalNetworks.ipynb), which
// the course publishes with its starter code; NumPy's random numbers, so the inputs are the same to the bit.
describe("cs231n's BatchNormalization notebook", () => {
  const [D1, D2, D3] = [50, 60, 3];
  const hidden = (rng: RandomState, N: number, W1?: Tensor, W2?: Tensor) => {
    const X = rng.randn(N, D1);
    const [first, second] = [W1 ?? rng.randn(D1, D2), W2 ?? rng.randn(D2, D3)];
    const layer = affineReluForward(X, first, new Float64Array(D2)).out;
    return affineForward(layer, second, new Float64Array(D3)).out;
  };

  it('batchnorm_forward, training', () => {
    const a = hidden(new RandomState(231), 200);
    const before = statisticsOf(rowsOf(a));
    expectPrinted(before.means, [-2.3814598, -13.18038246, 1.91780462]);
    expectPrinted(before.stds, [27.18502186, 34.21455511, 37.68611762]);

    const plain = statisticsOf(rowsOf(batchnormForward(a, [1, 1, 1], [0, 0, 0], { mode: 'train' }).out));
    expectPrinted(plain.means, [0, 0, 0]);
    expectPrinted(plain.stds, [0.99999999, 1, 1]);

    const moved = statisticsOf(rowsOf(batchnormForward(a, [1, 2, 3], [11, 12, 13], { mode: 'train' }).out));
    expectPrinted(moved.means, [11, 12, 13]);
    expectPrinted(moved.stds, [0.99999999, 1.99999999, 2.99999999]);
  });

  it('batchnorm_forward, test: after 50 batches of training', () => {
    const rng = new RandomState(231);
    const [W1, W2] = [rng.randn(D1, D2), rng.randn(D2, D3)];
    const [gamma, beta] = [
      [1, 1, 1],
      [0, 0, 0],
    ];
    let bnParam: BatchnormParam = { mode: 'train' };
    for (let t = 0; t < 50; t++)
      ({ bnParam } = batchnormForward(hidden(rng, 200, W1, W2), gamma, beta, bnParam));
    const { out } = batchnormForward(hidden(rng, 200, W1, W2), gamma, beta, { ...bnParam, mode: 'test' });
    const { means, stds } = statisticsOf(rowsOf(out));
    expectPrinted(means, [-0.03927354, -0.04349152, -0.10452688]);
    expectPrinted(stds, [1.01531428, 1.01238373, 0.97819988]);
  });

  it('layernorm_forward', () => {
    const a = hidden(new RandomState(231), 4);
    const before = statisticsOf(rowsOf(a), 1);
    expectPrinted(before.means, [-59.06673243, -47.60782686, -43.31137368, -26.40991744]);
    expectPrinted(before.stds, [10.07429373, 28.39478981, 35.28360729, 4.01831507]);

    const plain = statisticsOf(rowsOf(layernormForward(a, [1, 1, 1], [0, 0, 0]).out), 1);
    expectPrinted(plain.means, [0, 0, 0, 0]);
    expectPrinted(plain.stds, [0.99999995, 0.99999999, 1, 0.99999969]);

    const moved = statisticsOf(rowsOf(layernormForward(a, [3, 3, 3], [5, 5, 5]).out), 1);
    expectPrinted(moved.means, [5, 5, 5, 5]);
    expectPrinted(moved.stds, [2.99999985, 2.99999998, 2.99999999, 2.99999907]);
  });
});

describe("cs231n's ConvolutionalNetworks notebook", () => {
  it('spatial_batchnorm_forward, training', () => {
    const x = scaled(new RandomState(231).randn(2, 3, 4, 5), 4, 10);
    const before = statisticsOf(channelsOf(x), 1);
    expectPrinted(before.means, [9.33463814, 8.90909116, 9.11056338]);
    expectPrinted(before.stds, [3.61447857, 3.19347686, 3.5168142]);

    const plain = spatialBatchnormForward(x, [1, 1, 1], [0, 0, 0], { mode: 'train' }).out;
    expect(plain.shape).toEqual([2, 3, 4, 5]);
    const after = statisticsOf(channelsOf(plain), 1);
    expectPrinted(after.means, [0, 0, 0]);
    expectPrinted(after.stds, [0.99999962, 0.99999951, 0.9999996]);

    const moved = spatialBatchnormForward(x, [3, 4, 5], [6, 7, 8], { mode: 'train' }).out;
    const changed = statisticsOf(channelsOf(moved), 1);
    expectPrinted(changed.means, [6, 7, 8]);
    expectPrinted(changed.stds, [2.99999885, 3.99999804, 4.99999798]);
  });

  it('spatial_batchnorm_forward, test: after 50 batches of training', () => {
    const rng = new RandomState(231);
    const [gamma, beta] = [new Float64Array(4).fill(1), new Float64Array(4)];
    const batch = () => scaled(rng.randn(10, 4, 11, 12), 2.3, 13);
    let bnParam: BatchnormParam = { mode: 'train' };
    for (let t = 0; t < 50; t++) ({ bnParam } = spatialBatchnormForward(batch(), gamma, beta, bnParam));
    const { out } = spatialBatchnormForward(batch(), gamma, beta, { ...bnParam, mode: 'test' });
    const { means, stds } = statisticsOf(channelsOf(out), 1);
    expectPrinted(means, [-0.08034406, 0.07562881, 0.05716371, 0.04378383]);
    expectPrinted(stds, [0.96718744, 1.0299714, 1.02887624, 1.00585577]);
  });

  it('spatial_groupnorm_forward', () => {
    const [N, C, G] = [2, 6, 2];
    const x = scaled(new RandomState(231).randn(N, C, 4, 5), 4, 10);
    const before = statisticsOf(rowsOf(x.reshape(N * G, 60)), 1);
    expectPrinted(before.means, [9.72505327, 8.51114185, 8.9147544, 9.43448077]);
    expectPrinted(before.stds, [3.67070958, 3.09892597, 4.27043622, 3.97521327]);
    const ones = new Tensor(new Float64Array(C).fill(1), [1, C, 1, 1]);
    const zeros = new Tensor(new Float64Array(C), [1, C, 1, 1]);
    const { out } = spatialGroupnormForward(x, ones, zeros, G);
    const after = statisticsOf(rowsOf(out.reshape(N * G, 60)), 1);
    expectPrinted(after.means, [0, 0, 0, 0]);
    expectPrinted(after.stds, [0.99999963, 0.99999948, 0.99999973, 0.99999968]);
  });
});

describe('gradients by central differences', () => {
  const rng = new RandomState(231);
  const x = scaled(rng.randn(4, 5), 5, 12);
  const gamma = rng.randn(5);
  const beta = rng.randn(5);
  const dout = rng.randn(4, 5);

  /** The gradients of one function by its three inputs. */
  function expectGradients(
    out: (x: Tensor, gamma: Tensor, beta: Tensor) => Tensor,
    [at, scale, shift, above]: readonly [Tensor, Tensor, Tensor, Tensor],
    { dx, dgamma, dbeta }: Readonly<Record<'dx' | 'dgamma' | 'dbeta', Tensor>>,
  ): void {
    const numeric = (f: (value: Tensor) => Tensor, value: Tensor) =>
      evalNumericalGradientArray(f, value, above);
    expect(
      relError(
        dx,
        numeric((value) => out(value, scale, shift), at),
      ),
    ).toBeLessThan(1e-7);
    expect(
      relError(
        dgamma,
        numeric((value) => out(at, value, shift), scale),
      ),
    ).toBeLessThan(1e-7);
    expect(
      relError(
        dbeta,
        numeric((value) => out(at, scale, value), shift),
      ),
    ).toBeLessThan(1e-7);
  }

  it.each([
    ['batchnormBackward', batchnormBackward],
    ['batchnormBackwardAlt', batchnormBackwardAlt],
  ])('%s, training', (_, backward) => {
    const { cache } = batchnormForward(x, gamma, beta, { mode: 'train' });
    expectGradients(
      (...at) => batchnormForward(...at, { mode: 'train' }).out,
      [x, gamma, beta, dout],
      backward(dout, cache),
    );
  });

  it('batchnormBackward, test', () => {
    const bnParam = { mode: 'test', runningMean: rng.randn(5), runningVar: rng.rand(5) } as const;
    const { cache } = batchnormForward(x, gamma, beta, bnParam);
    expectGradients(
      (...at) => batchnormForward(...at, bnParam).out,
      [x, gamma, beta, dout],
      batchnormBackward(dout, cache),
    );
  });

  it('layernormBackward', () => {
    const { cache } = layernormForward(x, gamma, beta, { eps: 1e-3 });
    expectGradients(
      (...at) => layernormForward(...at, { eps: 1e-3 }).out,
      [x, gamma, beta, dout],
      layernormBackward(dout, cache),
    );
  });

  const pictures = scaled(rng.randn(2, 6, 3, 2), 3, 1);
  const above = rng.randn(2, 6, 3, 2);
  const [scale, shift] = [rng.randn(6), rng.randn(6)];

  it('spatialBatchnormBackward', () => {
    const { cache } = spatialBatchnormForward(pictures, scale, shift, { mode: 'train' });
    expectGradients(
      (...at) => spatialBatchnormForward(...at, { mode: 'train' }).out,
      [pictures, scale, shift, above],
      spatialBatchnormBackward(above, cache),
    );
  });

  it.each([1, 2, 3, 6])('spatialGroupnormBackward, %i groups', (G) => {
    const [broadScale, broadShift] = [scale.reshape(1, 6, 1, 1), shift.reshape(1, 6, 1, 1)];
    const { cache } = spatialGroupnormForward(pictures, broadScale, broadShift, G);
    const gradients = spatialGroupnormBackward(above, cache);
    expect(gradients.dgamma.shape).toEqual([1, 6, 1, 1]);
    expectGradients(
      (...at) => spatialGroupnormForward(...at, G).out,
      [pictures, broadScale, broadShift, above],
      gradients,
    );
  });

  it('affineBatchnormReluBackward', () => {
    const inputs = rng.randn(6, 2, 2);
    const [w, b] = [rng.randn(4, 5), rng.randn(5)];
    const upstream = rng.randn(6, 5);
    const forward = (...[at, weights, bias, g, s]: [Tensor, Tensor, Tensor, Tensor, Tensor]) =>
      affineBatchnormReluForward(at, weights, bias, g, s, { mode: 'train' });
    const all = [inputs, w, b, gamma, beta] as const;
    const gradients = affineBatchnormReluBackward(upstream, forward(...all).cache);
    (['dx', 'dw', 'dgamma', 'dbeta'] as const).forEach((name) => {
      const i = { dx: 0, dw: 1, dgamma: 3, dbeta: 4 }[name];
      const numeric = evalNumericalGradientArray(
        (value) => {
          const changed = [...all] as [Tensor, Tensor, Tensor, Tensor, Tensor];
          changed[i] = value;
          return forward(...changed).out;
        },
        all[i]!,
        upstream,
      );
      expect(relError(gradients[name], numeric), name).toBeLessThan(1e-7);
    });
    // A bias that the mean takes away again has no gradient.
    expect(Math.max(...gradients.db.elements().map(Math.abs))).toBeLessThan(1e-12);
  });
});

describe('batchnormForward', () => {
  const x = [
    [1, 2],
    [3, 6],
  ];

  it('leaves the given bnParam as it is', () => {
    const given = { mode: 'train', momentum: 0.75, runningMean: [4, 4], runningVar: [1, 1] } as const;
    const before = structuredClone(given);
    const { bnParam } = batchnormForward(x, [1, 1], [0, 0], given);
    expect(given).toEqual(before);
    expect(bnParam.mode).toBe('train');
    expect(bnParam.momentum).toBe(0.75);
    expect(bnParam.runningMean.toArray()).toEqual([3.5, 4]);
    expect(bnParam.runningVar.toArray()).toEqual([1, 1.75]);
  });

  it('in the mode test, leaves the running statistics as they are', () => {
    const given = { mode: 'test', runningMean: [1, 2], runningVar: [4, 4], eps: 0 } as const;
    const { out, bnParam } = batchnormForward(x, [1, 1], [0, 0], given);
    expect(out.toArray()).toEqual([
      [0, 0],
      [1, 2],
    ]);
    expect(bnParam.runningMean.toArray()).toEqual([1, 2]);
  });

  it('a batch of one row is beta', () => {
    const { out } = batchnormForward([[5, -3]], [2, 2], [7, 8], { mode: 'train' });
    expect(out.toArray()).toEqual([[7, 8]]);
  });

  it('computes in float32 for float32 tensors', () => {
    const { out, bnParam } = batchnormForward(
      new Tensor(Float32Array.of(1, 2, 3, 6), [2, 2]),
      Float32Array.of(1, 1),
      Float32Array.of(0, 0),
      { mode: 'train' },
    );
    expect(out.dtype).toBe('float32');
    expect(bnParam.runningMean.dtype).toBe('float32');
  });
});
