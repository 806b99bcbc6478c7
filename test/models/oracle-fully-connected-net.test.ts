import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { tensor } from '../../lib/core/tensors/tensor.js';
import {
  affineBackward,
  affineForward,
  affineReluBackward,
  affineReluForward,
  softmaxLoss,
} from '../../lib/models/by-hand/functional.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { dtypes, expectClose, expectNumber, readOracle, tolerances } from './oracle.js';

type Named = Readonly<Record<string, number[] | number[][]>>;

interface Cs189 {
  readonly seed: number;
  readonly dims: [number, number, number, number];
  readonly weightScale: number;
  readonly X: number[][];
  readonly y: number[];
  readonly params: Named;
  readonly scores: number[][];
  readonly l2OnGradientOnly: { readonly reg: number; readonly loss: number; readonly grads: Named };
  readonly l2OnLossToo: { readonly reg: number; readonly loss: number; readonly grads: Named };
}

const oracle = readOracle<Cs189>('cs189-fully-connected');

describe.each(dtypes)('FullyConnectedNet on the toy problem of CS189, %s', (dtype) => {
  const { step } = tolerances[dtype];
  const { X, y, params } = oracle;
  const make = (regMode: 'gradient' | 'loss', reg: number) => {
    const [inputDim, first, second, numClasses] = oracle.dims;
    const net = new FullyConnectedNet({
      inputDim,
      hiddenDims: [first, second],
      numClasses,
      weightScale: oracle.weightScale,
      regMode,
      reg,
      dtype,
      seed: oracle.seed,
    });
    net.restoreParams(params);
    return net;
  };

  it('gives the scores', () => {
    expectClose(make('loss', 0).loss(X), oracle.scores, step);
  });

  it.each([
    ['gradient', oracle.l2OnGradientOnly],
    ['loss', oracle.l2OnLossToo],
  ] as const)('gives loss and gradients with regMode %s', (regMode, { reg, loss, grads }) => {
    const result = make(regMode, reg).loss(X, y);
    expectNumber(result.loss, loss, step);
    expect(Object.keys(result.grads)).toEqual(Object.keys(params));
    for (const [name, grad] of Object.entries(grads)) expectClose(result.grads[name]!, grad, step, 1e-6);
  });

  it('has a finite first loss of about 350 on raw pixels', () => {
    const rng = new RandomState(0);
    const pixels = Uint8Array.from(rng.randint(256, 64 * 784));
    const net = new FullyConnectedNet({
      inputDim: 784,
      hiddenDims: [250],
      numClasses: 10,
      weightScale: 0.1,
      dtype,
      seed: 0,
    });
    const { loss } = net.loss({ data: pixels, shape: [64, 784] }, rng.randint(10, 64));
    expect(loss).toBeGreaterThan(100);
    expect(loss).toBeLessThan(1000);
  });
});

describe('the layer functions on the toy problem of CS189', () => {
  it('give scores, loss and gradients of the whole net', () => {
    const { X, y, scores, params, l2OnGradientOnly } = oracle;
    const { reg, loss, grads } = l2OnGradientOnly;
    const { W1, b1, W2, b2, W3, b3 } = params as Record<string, number[][]>;
    const one = affineReluForward(X, W1!, b1!);
    const two = affineReluForward(one.out, W2!, b2!);
    const three = affineForward(two.out, W3!, b3!);
    expectClose(three.out, scores, 1e-12);
    const data = softmaxLoss(three.out, y);
    expectNumber(data.loss, loss, 1e-12);
    const d3 = affineBackward(data.dx, three.cache);
    const d2 = affineReluBackward(d3.dx, two.cache);
    const d1 = affineReluBackward(d2.dx, one.cache);
    const regularized = (dw: Iterable<number>, W: number[][]) => {
      const flat = W.flat();
      return tensor(
        [...dw].map((g, i) => g + reg * flat[i]!),
        [W.length, W[0]!.length],
      );
    };
    expectClose(regularized(d1.dw, W1!), grads.W1!, 1e-12, 1e-6);
    expectClose(regularized(d2.dw, W2!), grads.W2!, 1e-12, 1e-6);
    expectClose(regularized(d3.dw, W3!), grads.W3!, 1e-12, 1e-6);
    expectClose(d1.db, grads.b1!, 1e-12, 1e-6);
    expectClose(d2.db, grads.b2!, 1e-12, 1e-6);
    expectClose(d3.db, grads.b3!, 1e-12, 1e-6);
  });
});
