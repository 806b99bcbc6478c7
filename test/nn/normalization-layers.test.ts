import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../lib/core/errors.js';
import { tensor } from '../../lib/core/tensors/tensor.js';
import { Sequential } from '../../lib/models/sequential.js';
import type { Layer } from '../../lib/nn/layer.js';
import { layers } from '../../lib/nn/layers/index.js';
import { relError } from '../../lib/train/numerical-gradient.js';
import { fixture } from '../fixtures/index.js';

interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
type Pass = Readonly<Record<'x' | 'out' | 'dout' | 'dx' | 'weight' | 'dweight', Values>> & {
  readonly bias?: Values;
  readonly dbias?: Values;
};
interface BatchNormCase {
  readonly training: Pass;
  readonly running: Readonly<Record<'batches' | 'mean' | 'var', Values>>;
  readonly evaluation: Pass;
}

// test/fixtures/normalization/make-normalization.py
const torch = JSON.parse(readFileSync(fixture('normalization/pytorch.json'), 'utf8')) as {
  readonly batchNorm1d: BatchNormCase;
  readonly batchNorm2d: BatchNormCase;
  readonly layerNorm: Pass;
  readonly rmsNorm: Pass;
  readonly groupNorm: Pass;
};

const asTensor = ({ data, shape }: Values) => tensor(Float64Array.from(data), shape);
const netOf = (layer: Layer, [, ...shape]: readonly number[]) =>
  new Sequential([layer], { inputShape: shape, dtype: 'float64', loss: 'mse' });

function expectPass(net: Sequential, pass: Pass, training: boolean): void {
  const { gamma1, beta1 } = net.params as Record<string, unknown> & typeof net.params;
  for (const [param, given] of [
    [gamma1, pass.weight],
    [beta1, pass.bias],
  ] as const) {
    if (given !== undefined) param!.data.set(given.data, param!.offset);
  }
  const out = net.forward(asTensor(pass.x), { training });
  const flat = [out.shape[0]!, net.numClasses];
  expect(relError(out, asTensor({ ...pass.out, shape: flat }))).toBeLessThan(1e-10);
  net.zeroGrad();
  const dout = asTensor({ ...pass.dout, shape: flat });
  const dx = net.backward(dout, { inputGradient: true });
  expect(relError(dx, asTensor({ ...pass.dx, shape: [...dx.shape] }))).toBeLessThan(1e-10);
  expect(relError(net.grads[0]!, asTensor(pass.dweight))).toBeLessThan(1e-10);
  if (pass.dbias !== undefined) expect(relError(net.grads[1]!, asTensor(pass.dbias))).toBeLessThan(1e-10);
}

describe.each([
  ['BatchNorm1d', () => new layers.BatchNorm1d(5), torch.batchNorm1d],
  ['BatchNorm2d', () => new layers.BatchNorm2d(3, { epsilon: 1e-3, momentum: 0.2 }), torch.batchNorm2d],
] as const)('%s, against PyTorch', (_, make, { training, running, evaluation }) => {
  it('computes a pass of training and its gradients', () => {
    expectPass(netOf(make(), training.x.shape), training, true);
  });

  it('has running statistics after 100 steps, and predicts with them', () => {
    const net = netOf(make(), training.x.shape);
    const { data, shape } = running.batches;
    const size = data.length / shape[0]!;
    for (let i = 0; i < shape[0]!; i++) {
      const batch = { data: data.slice(i * size, (i + 1) * size), shape: shape.slice(1) };
      net.forward(asTensor(batch), { training: true });
    }
    expect(relError(net.state.runningMean1!, asTensor(running.mean))).toBeLessThan(1e-10);
    expect(relError(net.state.runningVar1!, asTensor(running.var))).toBeLessThan(1e-10);
    expectPass(net, evaluation, false);
  });
});

describe('LayerNorm, RMSNorm and GroupNorm, against PyTorch', () => {
  it.each([
    ['LayerNorm', (shape: readonly number[]) => new layers.LayerNorm(shape), torch.layerNorm],
    ['RMSNorm', (shape: readonly number[]) => new layers.RMSNorm(shape, { epsilon: 1e-6 }), torch.rmsNorm],
    ['GroupNorm', ([channels]: readonly number[]) => new layers.GroupNorm(2, channels!), torch.groupNorm],
  ] as const)('%s computes rows and gradients', (_, make, pass) => {
    const [, ...shape] = pass.x.shape;
    expectPass(netOf(make(shape), pass.x.shape), pass, true);
    expectPass(netOf(make(shape), pass.x.shape), pass, false);
  });
});

describe('a batch of one row', () => {
  const net = () =>
    new Sequential([new layers.Linear(3, 4), new layers.BatchNorm1d(4), new layers.Linear(4, 2)]);

  it('cannot train batch norm, which says so, and predicts as any other', () => {
    const model = net();
    const before = model.snapshotParams();
    expect(() => model.loss([[1, 2, 3]], [0])).toThrow(ShapeError);
    expect(() => model.loss([[1, 2, 3]], [0])).toThrow(
      /batches of at least 2 rows.*batchnorm1d1.*received 1/,
    );
    expect(() => model.forward([[1, 2, 3]], { training: true })).toThrow(/at least 2 rows/);
    expect(() =>
      model.startTraining({
        X: [
          [1, 2, 3],
          [4, 5, 6],
        ],
        y: [0, 1],
        rule: { name: 'sgd' },
        batchSize: 1,
      }),
    ).toThrow(/at least 2 rows/);
    expect(model.snapshotParams()).toEqual(before);
    expect(model.predict([[1, 2, 3]])).toHaveLength(1);
  });
});
