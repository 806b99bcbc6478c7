import { describe, expect, it } from 'vitest';
import { ArgumentError, LabelError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import {
  eluBackward,
  eluForward,
  geluBackward,
  geluForward,
  leakyReluBackward,
  leakyReluForward,
  reluBackward,
  reluForward,
  sigmoidBackward,
  sigmoidForward,
  softplusBackward,
  softplusForward,
  tanhBackward,
  tanhForward,
} from '../../lib/models/by-hand/activations.js';
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

const rng = new RandomState(4);
const x = rng.randn(7, 2, 3);
const w = rng.randn(6, 5);
const b = rng.randn(5);
const dout = rng.randn(7, 5);
const scores = rng.randn(7, 5);
const y = Int32Array.of(0, 1, 2, 3, 4, 0, 1);
const empty = (...shape: number[]) =>
  new Tensor(new Float64Array(shape.reduce((a, c) => a * c, 1)).fill(Number.NaN), shape);
const gradients = () => ({ dx: empty(7, 2, 3), dw: empty(6, 5), db: empty(5) });

describe('out', () => {
  it('of an affine layer holds the very numbers of a call without it, and is what is returned', () => {
    const expected = affineForward(x, w, b);
    for (const options of [(out: Tensor) => ({ out }), (out: Tensor) => ({ out: { out } })]) {
      const out = empty(7, 5);
      const given = affineForward(x, w, b, options(out));
      expect(given.out).toBe(out);
      expect(out.data).toEqual(expected.out.data);
    }
    const back = affineBackward(dout, expected.cache);
    const into = gradients();
    expect(affineBackward(dout, expected.cache, { out: into })).toEqual(back);
    expect(into).toEqual(back);
    const named = gradients();
    expect(affineBackward(dout, expected.cache, named).dw).toBe(named.dw);
    expect(named).toEqual(back);
    // Some here and some there: none is passed over.
    const [both, rest] = [gradients(), gradients()];
    const mixed = affineBackward(dout, expected.cache, { out: { dx: both.dx }, dw: rest.dw });
    expect([mixed.dx, mixed.dw]).toEqual([back.dx, back.dw]);
    expect(mixed.dx === both.dx && mixed.dw === rest.dw).toBe(true);
    // Those that are left out are new.
    const dw = empty(6, 5);
    const some = affineBackward(dout, expected.cache, { out: { dw } });
    expect(some.dw).toBe(dw);
    expect(some).toEqual(back);
  });

  it('of an affine layer and its ReLU is the same in a loop as in new memory', () => {
    const out = empty(7, 5);
    const into = gradients();
    for (let i = 0; i < 3; i++) {
      const shifted = tensor(Array.from(x, (value) => value - i / 4)).reshape(7, 2, 3);
      const given = affineReluForward(shifted, w, b, { out });
      const affine = affineForward(shifted, w, b);
      const relu = reluForward(affine.out);
      expect(out.data).toEqual(relu.out.data);
      affineReluBackward(dout, given.cache, { out: into });
      expect(into).toEqual(affineBackward(reluBackward(dout, relu.cache), affine.cache));
    }
  });

  it.each([
    ['relu', reluForward, reluBackward],
    ['sigmoid', sigmoidForward, sigmoidBackward],
    ['tanh', tanhForward, tanhBackward],
    ['elu', eluForward, eluBackward],
    ['softplus', softplusForward, softplusBackward],
  ] as const)('of %s may be the operand itself', (_, forward, backward) => {
    const plain = forward(scores);
    const dx = backward(dout, plain.cache);
    const place = scores.clone();
    const { out, cache } = forward(place, { out: place });
    expect(out).toBe(place);
    expect(place.data).toEqual(plain.out.data);
    const upstream = dout.clone();
    expect(backward(upstream, cache, { out: upstream })).toBe(upstream);
    expect(upstream.data).toEqual(dx.data);
    const apart = empty(7, 5);
    expect(backward(dout, cache, { out: { dx: apart } })).toBe(apart);
    expect(apart.data).toEqual(dx.data);
  });

  it.each([
    ['leakyRelu', leakyReluForward, leakyReluBackward],
    ['gelu', geluForward, geluBackward],
  ] as const)('of %s may be any memory but that of x, which is read again', (name, forward, backward) => {
    const plain = forward(scores);
    const dx = backward(dout, plain.cache);
    const place = scores.clone();
    expect(() => forward(place, { out: place })).toThrow(
      `${name}Forward: expected out.out to have memory of its own but it overlaps x`,
    );
    const { cache } = forward(place);
    expect(() => backward(dout, cache, { dx: place })).toThrow("but it overlaps the forward function's x");
    const upstream = dout.clone();
    expect(backward(upstream, cache, { out: upstream })).toBe(upstream);
    expect(upstream.data).toEqual(dx.data);
  });

  it('of a loss is its gradient', () => {
    const dx = empty(7, 5);
    for (const call of [
      (options?: { out: Tensor }) => softmaxLoss(scores, y, options),
      (options?: { out: Tensor }) => svmLoss(scores, y, options),
      (options?: { out: Tensor }) => mseLoss(scores, y, options),
      (options?: { out: Tensor }) => mseLoss(scores, dout, options),
    ]) {
      const expected = call();
      const given = call({ out: dx });
      expect(given.dx).toBe(dx);
      expect(given).toEqual(expected);
    }
  });

  it('takes windows on one array, columns of a wider one, and the transposed gradients of a model', () => {
    const all = new Float64Array(6 * 5 + 5 + 42);
    const into = {
      dw: new Tensor(all, [6, 5], [5, 1], 0),
      db: new Tensor(all, [5], [1], 30),
      dx: new Tensor(all, [7, 2, 3], [6, 3, 1], 35),
    };
    const { cache } = affineForward(x, w, b);
    const expected = affineBackward(dout, cache);
    affineBackward(dout, cache, { out: into });
    expect([...all]).toEqual([...expected.dw, ...expected.db, ...expected.dx]);

    const wide = empty(7, 9);
    affineForward(x, w, b, { out: new Tensor(wide.data, [7, 5], [9, 1], 2) });
    const out = affineForward(x, w, b).out;
    for (const [i, row] of (wide.toArray() as number[][]).entries()) {
      const none = Number.NaN;
      expect(row).toEqual([none, none, ...out.slice(i, i + 1), none, none]);
    }

    const net = new TwoLayerNet({
      inputSize: 6,
      hiddenSize: 5,
      numClasses: 2,
      std: 1,
      seed: 0,
      dtype: 'float64',
    });
    const own = affineForward(x, net.params.W1!, net.params.b1!);
    const dw = empty(6, 5);
    const stored = empty(5, 6);
    const rowMajor = affineBackward(dout, own.cache, { out: { dw } });
    const transposed = affineBackward(dout, own.cache, { out: { dw: stored.T } });
    expect([...rowMajor.dw]).toEqual([...transposed.dw]);
    expect([...stored.T]).toEqual([...dw]);
  });

  it('is refused where it would be read while it is written, and then nothing is written', () => {
    const { cache } = affineForward(x, w, b);
    const operand = x.clone();
    const before = [...operand];
    const square = rng.randn(6, 6);
    const bias = rng.randn(6);
    const cases: [call: () => unknown, names: string][] = [
      [() => affineForward(square, square, bias, { out: square }), 'x'],
      [() => affineBackward(dout, affineForward(operand, w, b).cache, { out: { dx: operand } }), 'x'],
      [() => affineBackward(dout, cache, { out: { db: new Tensor(dout.data, [5], [1], 3) } }), 'dout'],
      [
        () =>
          affineBackward(dout, cache, {
            out: { dx: operand, dw: new Tensor(operand.data, [6, 5], [5, 1], 12) },
          }),
        'out.dx',
      ],
      [() => softmaxLoss(scores, y, { out: scores }), 'x'],
      [
        () =>
          reluForward(new Tensor(operand.data, [6], [1], 0), { out: new Tensor(operand.data, [6], [1], 1) }),
        'x',
      ],
    ];
    for (const [call, name] of cases) {
      expect(call).toThrow(ArgumentError);
      expect(call).toThrow(`memory of its own but it overlaps ${name}`);
    }
    expect([...operand]).toEqual(before);
  });

  it('is refused with another shape or dtype, or for a result that there is not', () => {
    const { cache } = affineForward(x, w, b);
    const loose = (value: unknown) => value as never;
    expect(() => affineForward(x, w, b, { out: empty(5, 7) })).toThrow(ShapeError);
    expect(() => affineForward(x, w, b, { out: empty(5, 7) })).toThrow(
      'affineForward: expected out.out to have shape (7, 5) but received shape (5, 7)',
    );
    const single = new Tensor(new Float32Array(35), [7, 5]);
    expect(() => reluForward(scores, { out: single })).toThrow(ArgumentError);
    expect(() => reluForward(scores, { out: single })).toThrow('to be of dtype float64 but received float32');
    expect(() => affineBackward(dout, cache, { out: loose({ dW: empty(6, 5) }) })).toThrow(
      'unknown result dW; the results are called dx, dw or db',
    );
    expect(() => softmaxLoss(scores, y, loose({ into: scores }))).toThrow(ArgumentError);
    expect(() => softmaxLoss(scores, y, loose(empty(7, 5)))).toThrow('an object { out }');
    expect(() => softmaxLoss(scores, y, { out: loose([[1]]) })).toThrow(ArgumentError);
    const dx = empty(7, 5);
    expect(() => softmaxLoss(scores, [9, 0, 0, 0, 0, 0, 0], { out: dx })).toThrow(LabelError);
    expect(dx.data.every(Number.isNaN)).toBe(true);
  });
});
