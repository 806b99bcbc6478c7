import { describe, expect, it } from 'vitest';
import { ArgumentError, LabelError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random-state.js';
import { type Tensor, tensor } from '../../lib/core/tensor.js';
import {
  affineBackward,
  affineForward,
  affineReluBackward,
  affineReluForward,
  mseLoss,
  reluBackward,
  reluForward,
  sigmoidBackward,
  sigmoidForward,
  softmaxLoss,
  svmLoss,
  tanhBackward,
  tanhForward,
} from '../../lib/models/functional.js';
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

describe.each([
  ['relu', reluForward, reluBackward],
  ['sigmoid', sigmoidForward, sigmoidBackward],
  ['tanh', tanhForward, tanhBackward],
] as const)('%sForward and %sBackward', (_name, forward, backward) => {
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
});
