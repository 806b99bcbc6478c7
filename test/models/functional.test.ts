import { describe, expect, it } from 'vitest';
import { ArgumentError, LabelError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type Tensor, tensor, zeros } from '../../lib/core/tensors/tensor.js';
import {
  eluBackward,
  eluForward,
  geluBackward,
  geluForward,
  hardsigmoidBackward,
  hardsigmoidForward,
  leakyReluBackward,
  leakyReluForward,
  mishBackward,
  mishForward,
  reluBackward,
  reluForward,
  seluBackward,
  seluForward,
  sigmoidBackward,
  sigmoidForward,
  siluBackward,
  siluForward,
  softplusBackward,
  softplusForward,
  tanhBackward,
  tanhForward,
} from '../../lib/models/by-hand/activations.js';
import { HingeLoss, MSELoss, SoftmaxCrossEntropyLoss } from '../../lib/models/by-hand/criteria.js';
import {
  affineBackward,
  affineForward,
  affineReluBackward,
  affineReluForward,
  mseLoss,
  softmaxLoss,
  svmLoss,
} from '../../lib/models/by-hand/functional.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import {
  evalNumericalGradient,
  evalNumericalGradientArray,
  relError,
} from '../../lib/train/numerical-gradient.js';

const rng = new RandomState(8);

describe('affineForward and affineBackward', () => {
  const x = rng.randn(10, 2, 3);
  const w = rng.randn(6, 5);
  const b = rng.randn(5);
  const dout = rng.randn(10, 5);

  it('match central differences for x of any rank', () => {
    const { out, cache } = affineForward(x, w, b);
    expect(out.shape).toEqual([10, 5]);
    const { dx, dw, db } = affineBackward(dout, cache);
    expect(dx.shape).toEqual([10, 2, 3]);
    expect(
      relError(
        dx,
        evalNumericalGradientArray((at) => affineForward(at, w, b).out, x, dout),
      ),
    ).toBeLessThan(1e-7);
    expect(
      relError(
        dw,
        evalNumericalGradientArray((at) => affineForward(x, at, b).out, w, dout),
      ),
    ).toBeLessThan(1e-7);
    expect(
      relError(
        db,
        evalNumericalGradientArray((at) => affineForward(x, w, at).out, b, dout),
      ),
    ).toBeLessThan(1e-7);
  });

  it('take the weights of a model where they lie, transposed', () => {
    const net = new TwoLayerNet({
      inputSize: 6,
      hiddenSize: 5,
      numClasses: 2,
      std: 1,
      seed: 0,
      dtype: 'float64',
    });
    const { W1, b1 } = net.params as Record<string, Tensor>;
    expect(W1!.isContiguous).toBe(false);
    const own = affineForward(x, W1!, b1!);
    const copied = affineForward(x, W1!.contiguous(), b1!);
    expect(relError(own.out, copied.out)).toBeLessThan(1e-13);
    const gradients = affineBackward(dout, own.cache);
    const expected = affineBackward(dout, copied.cache);
    expect(gradients.dw.shape).toEqual([6, 5]);
    expect(relError(gradients.dw, expected.dw)).toBeLessThan(1e-13);
    expect(relError(gradients.dx, expected.dx)).toBeLessThan(1e-13);
  });

  it('compute in float32 when everything is float32', () => {
    const single = (values: Tensor) => tensor(values, undefined, { dtype: 'float32' });
    expect(affineForward(single(x), single(w), single(b)).out.dtype).toBe('float32');
    expect(affineForward(single(x), w, b).out.dtype).toBe('float64');
  });

  it('leave their inputs alone and return fresh memory', () => {
    const before = [...x, ...w, ...b];
    const { out } = affineForward(x, w, b);
    const first = [...out];
    affineForward(rng.randn(10, 2, 3), w, b);
    expect([...out]).toEqual(first);
    expect([...x, ...w, ...b]).toEqual(before);
  });

  it('refuse what does not fit', () => {
    expect(() => affineForward(x, rng.randn(5, 6), b)).toThrow(ShapeError);
    expect(() => affineForward(x, w, rng.randn(4))).toThrow('expected b to have shape (5)');
    const { cache } = affineForward(x, w, b);
    expect(() => affineBackward(rng.randn(10, 4), cache)).toThrow(ShapeError);
    expect(() => reluBackward(dout, cache)).toThrow(ArgumentError);
    expect(() => affineBackward(dout, {} as never)).toThrow('expected the cache that affineForward returned');
    expect(() => affineForward([], w, b)).toThrow(ShapeError);
  });
});

const activations = [
  ['relu', reluForward, reluBackward],
  ['leakyRelu', leakyReluForward, leakyReluBackward],
  ['elu', eluForward, eluBackward],
  ['selu', seluForward, seluBackward],
  ['gelu', geluForward, geluBackward],
  ['silu', siluForward, siluBackward],
  ['mish', mishForward, mishBackward],
  ['sigmoid', sigmoidForward, sigmoidBackward],
  ['hardsigmoid', hardsigmoidForward, hardsigmoidBackward],
  ['tanh', tanhForward, tanhBackward],
  ['softplus', softplusForward, softplusBackward],
] as const;

describe.each(activations)('%sForward and %sBackward', (_name, forward, backward) => {
  it.each([[[7]], [[4, 5]], [[2, 3, 4]]])('match central differences for shape %s', (shape) => {
    const x = rng.randn(...shape);
    const dout = rng.randn(...shape);
    const { out, cache } = forward(x);
    expect(out.shape).toEqual(shape);
    const dx = backward(dout, cache);
    expect(
      relError(
        dx,
        evalNumericalGradientArray((at) => forward(at).out, x, dout),
      ),
    ).toBeLessThan(1e-7);
  });
});

describe('an activation function with an argument', () => {
  const x = tensor([-2, -0.5, 1, 3], [4], { dtype: 'float64' });
  const dout = tensor([1, 2, 3, 4], [4], { dtype: 'float64' });
  it('takes it beside out, and the backward function takes it of the cache', () => {
    const out = zeros([4], { dtype: 'float64' });
    const leaky = leakyReluForward(x, { negativeSlope: 0.5, out });
    expect(leaky.out).toBe(out);
    expect(out.toArray()).toEqual([-1, -0.25, 1, 3]);
    expect(leakyReluForward(x).out.toArray()).toEqual([-0.02, -0.005, 1, 3]);
    expect(leakyReluBackward(dout, leaky.cache).toArray()).toEqual([0.5, 1, 3, 4]);
    expect(leakyReluBackward(dout, leakyReluForward(x).cache).toArray()).toEqual([0.01, 0.02, 3, 4]);
    const elu = eluForward(x, { alpha: 2 });
    expect(relError(elu.out, tensor([2 * Math.expm1(-2), 2 * Math.expm1(-0.5), 1, 3]))).toBeLessThan(1e-7);
    expect(eluBackward(dout, elu.cache).get(0)).toBeCloseTo(2 * Math.exp(-2), 14);
    const [exact, close] = [geluForward(x), geluForward(x, { approximate: 'tanh' })];
    expect(exact.out.toArray()).not.toEqual(close.out.toArray());
    expect(relError(exact.out, close.out)).toBeLessThan(1e-2);
  });
});

describe('affineReluForward and affineReluBackward', () => {
  it('match central differences', () => {
    const [x, w, b] = [rng.randn(4, 6), rng.randn(6, 3), rng.randn(3)];
    const dout = rng.randn(4, 3);
    const { out, cache } = affineReluForward(x, w, b);
    expect(Math.min(...out)).toBe(0);
    const { dx, dw, db } = affineReluBackward(dout, cache);
    const numerical = (f: (at: Tensor) => Tensor, at: Tensor) => evalNumericalGradientArray(f, at, dout);
    expect(
      relError(
        dx,
        numerical((at) => affineReluForward(at, w, b).out, x),
      ),
    ).toBeLessThan(1e-7);
    expect(
      relError(
        dw,
        numerical((at) => affineReluForward(x, at, b).out, w),
      ),
    ).toBeLessThan(1e-7);
    expect(
      relError(
        db,
        numerical((at) => affineReluForward(x, w, at).out, b),
      ),
    ).toBeLessThan(1e-7);
  });
});

describe.each([
  ['softmaxLoss', softmaxLoss],
  ['svmLoss', svmLoss],
  ['mseLoss', mseLoss],
] as const)('%s', (_name, loss) => {
  const x = rng.randn(8, 4);
  const y = rng.randint(4, 8);

  it('has the gradient of central differences', () => {
    const { dx } = loss(x, y);
    expect(
      relError(
        dx,
        evalNumericalGradient((at) => loss(at, y).loss, x.clone()),
      ),
    ).toBeLessThan(1e-7);
  });

  it('refuses labels that are no classes', () => {
    expect(() => loss(x, [0, 1, 2, 3, 0, 1, 2, 4])).toThrow(LabelError);
    expect(() => loss(x, [0, 1, 2, 3, 0, 1, 2, 0.5])).toThrow(LabelError);
    expect(() => loss(x, [0, 1])).toThrow(ShapeError);
  });
});

describe('the values of the losses', () => {
  it('are those of their formulas', () => {
    const x = [[1, 2, 4]];
    expect(softmaxLoss(x, [0]).loss).toBeCloseTo(Math.log(1 + Math.E + Math.E ** 3), 12);
    expect(svmLoss(x, [1]).loss).toBeCloseTo(0 + 3, 12);
    expect(mseLoss(x, [2]).loss).toBeCloseTo((1 + 4 + 9) / 2, 12);
    expect(mseLoss(x, [[1, 1, 1]]).loss).toBeCloseTo((0 + 1 + 9) / 2, 12);
  });

  it('stay finite for enormous scores', () => {
    const { loss, dx } = softmaxLoss([[1e4, -1e4]], [1]);
    expect(loss).toBe(2e4);
    expect([...dx]).toEqual([1, -1]);
  });

  it('are infinite only where the dtype has no such number', () => {
    const single = (...values: number[]) => tensor(Float32Array.from(values), [1, values.length]);
    const [x, double] = [single(3e38, -3e38), [[3e38, -3e38]]];
    for (const right of [[0], [[1, 0]]]) {
      expect(softmaxLoss(x, right).loss).toBe(0);
      expect([...softmaxLoss(x, right).dx]).toEqual([0, 0]);
      expect(softmaxLoss(double, right).loss).toBe(0);
    }
    for (const wrong of [[1], [[0, 1]]]) {
      expect(softmaxLoss(x, wrong).loss).toBe(Number.POSITIVE_INFINITY);
      expect([...softmaxLoss(x, wrong).dx]).toEqual([1, -1]);
      expect(softmaxLoss(double, wrong).loss).toBe(6e38);
    }
    expect(softmaxLoss(x, [[0.9, 0.1]]).loss / 6e37).toBeCloseTo(1, 6);
    expect(svmLoss(x, [0]).loss).toBe(0);
    expect(svmLoss(x, [1]).loss).toBe(Number.POSITIVE_INFINITY);
    expect(svmLoss(double, [1]).loss).toBe(6e38);
    expect(mseLoss(single(2e19, 0), [[0, 0]]).loss / 2e38).toBeCloseTo(1, 6);
    expect(mseLoss(double, [[0, 0]]).loss).toBeCloseTo(9e76, -64);
    // The mean of losses whose sum has no place in float32.
    const two = tensor(Float32Array.of(2e19, 0, 2e19, 0), [2, 2]);
    expect(
      mseLoss(two, [
        [0, 0],
        [0, 0],
      ]).loss / 2e38,
    ).toBeCloseTo(1, 6);
  });

  it('are NaN where a score is', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      for (const at of [0, 1, 2, 3, 4, 5]) {
        const x = tensor(
          [
            [1, 2, 3],
            [3, 2, 1],
          ],
          undefined,
          { dtype },
        );
        x.data[at] = Number.NaN;
        for (const loss of [softmaxLoss, svmLoss, mseLoss]) expect(loss(x, [0, 2]).loss).toBeNaN();
        const targets = [
          [0, 0.5, 0.5],
          [1, 0, 0],
        ];
        for (const loss of [softmaxLoss, mseLoss]) expect(loss(x, targets).loss).toBeNaN();
      }
    }
  });
});

describe('targets that are not finite', () => {
  const x = tensor([
    [1, 2, 3],
    [3, 2, 1],
  ]);

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'are told where they stand, %d, and nothing is written',
    (bad) => {
      for (const at of [0, 1, 2, 3, 4, 5]) {
        const targets = tensor(Float64Array.of(0, 0.5, 0.5, 1, 0, 0).with(at, bad), [2, 3]);
        const place = `y[${Math.floor(at / 3)}][${at % 3}] to be a finite float64 number but received ${bad}`;
        for (const loss of [softmaxLoss, mseLoss]) {
          expect(() => loss(x, targets)).toThrow(`expected ${place}`);
          const dx = tensor(new Float64Array(6).fill(9), [2, 3]);
          expect(() => loss(x, targets, { dx })).toThrow(`expected ${place}`);
          expect([...dx]).toEqual([9, 9, 9, 9, 9, 9]);
        }
        for (const Loss of [SoftmaxCrossEntropyLoss, MSELoss]) {
          const criterion = new Loss();
          criterion.forward(x, [0, 2]);
          const before = criterion.backward();
          expect(() => criterion.forward(x, targets)).toThrow(`expected ${place}`);
          expect(criterion.backward()).toBe(before);
        }
      }
    },
  );
});

describe('integers', () => {
  const whole = tensor(Int32Array.of(16777217, 16777219, 1, -16777217, 0, 5), [2, 3]);
  const bytes = tensor(Uint8Array.of(1, 2, 250, 0, 7, 3), [2, 3]);

  it('are computed with in float64, as in NumPy; bytes in float32', () => {
    for (const [given, dtype] of [[whole, 'float64'] as const, [bytes, 'float32'] as const]) {
      const wide = tensor(given, undefined, { dtype });
      for (const [loss, Loss] of [
        [softmaxLoss, SoftmaxCrossEntropyLoss] as const,
        [svmLoss, HingeLoss] as const,
        [mseLoss, MSELoss] as const,
      ]) {
        const [got, want] = [loss(given, [0, 2]), loss(wide, [0, 2])];
        expect(got).toEqual(want);
        expect(got.dx.dtype).toBe(dtype);
        const criterion = new Loss();
        expect(criterion.forward(given, [0, 2])).toBe(want.loss);
        expect(criterion.backward()).toEqual(want.dx);
      }
    }
    expect(reluForward(whole).out.toArray()).toEqual([
      [16777217, 16777219, 1],
      [0, 0, 5],
    ]);
    expect(
      mseLoss(whole, [
        [16777216, 16777216, 0],
        [-16777216, 0, 5],
      ]).loss,
    ).toBe((1 + 9 + 1 + 1) / 4);
    const w = tensor(Float32Array.of(1, 0, 0), [3, 1]);
    expect([...affineForward(whole, w, Float32Array.of(0)).out]).toEqual([16777217, -16777217]);
  });
});

describe('sums over many rows', () => {
  it.each([60_000, 1_000_000])('are as exact for %d rows as for a few', (rows) => {
    // Numbers of one sign, whose roundings add up where they are summed in one chain.
    const x = Float32Array.from({ length: 2 * rows }, (_, i) => 0.1 + ((i * 7919) % 1000) / 1000);
    const dout = Float32Array.from({ length: rows }, (_, i) => 0.3 + ((i * 104_729) % 997) / 997);
    const w = tensor(Float32Array.of(0.5, 0.25), [2, 1]);
    const { cache } = affineForward(tensor(x, [rows, 2]), w, Float32Array.of(0));
    const { dw, db } = affineBackward(tensor(dout, [rows, 1]), cache);
    const sums = [0, 0, 0];
    dout.forEach((d, i) => {
      sums[0]! += d;
      sums[1]! += d * x[2 * i]!;
      sums[2]! += d * x[2 * i + 1]!;
    });
    expect(Math.abs(db.data[0]! / sums[0]! - 1)).toBeLessThan(1e-6);
    for (const j of [0, 1]) expect(Math.abs([...dw][j]! / sums[j + 1]! - 1)).toBeLessThan(1e-6);
    const squares = x.reduce((sum, value) => sum + (value - 1) ** 2, 0);
    const ones = tensor(new Float32Array(2 * rows).fill(1), [rows, 2]);
    const { loss } = mseLoss(tensor(x, [rows, 2]), ones);
    expect(Math.abs((loss * 2 * rows) / squares - 1)).toBeLessThan(1e-6);
  });
});
