import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TypedArray } from '../../lib/core/dtype.js';
import { Tensor } from '../../lib/core/tensors/tensor.js';
import { batchnormBackward, batchnormForward } from '../../lib/models/by-hand/batchnorm.js';
import { layernormBackward, layernormForward } from '../../lib/models/by-hand/layernorm.js';
import { runOp } from '../../lib/models/by-hand/op-call.js';
import {
  spatialBatchnormBackward,
  spatialBatchnormForward,
  spatialGroupnormBackward,
  spatialGroupnormForward,
} from '../../lib/models/by-hand/spatial-norms.js';
import { fixture } from '../fixtures/index.js';

interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

type Pass = Readonly<Record<'x' | 'out' | 'dout' | 'dx' | 'weight' | 'bias' | 'dweight' | 'dbias', Values>>;

interface BatchNorm {
  readonly training: Pass;
  readonly running: Readonly<Record<'batches' | 'mean' | 'var', Values>>;
  readonly evaluation: Pass;
}

/** PyTorch's, in float64. */
const expected: {
  readonly batchNorm1d: BatchNorm;
  readonly batchNorm2d: BatchNorm;
  readonly layerNorm: Pass;
  readonly rmsNorm: Pass;
  readonly groupNorm: Pass;
} = JSON.parse(readFileSync(fixture('normalization/pytorch.json'), 'utf8'));

const tensorOf = ({ shape, data }: Values) => new Tensor(Float64Array.from(data), shape);

function expectValues(got: Tensor | TypedArray, want: Values): void {
  const values = got instanceof Tensor ? got.elements() : got;
  expect(values.length).toBe(want.data.length);
  for (const [i, value] of want.data.entries()) {
    expect(Math.abs(values[i]! - value)).toBeLessThan(1e-10 * (1 + Math.abs(value)));
  }
}

/** What a layer computes of a pass's x and parameters, and its gradients of the pass's dout. */
type Computed = Readonly<Record<'out' | 'dx' | 'dgamma' | 'dbeta', Tensor>>;

function expectPass(pass: Pass, compute: (x: Tensor, gamma: Tensor, beta: Tensor, dout: Tensor) => Computed) {
  const { x, weight, bias, dout } = pass;
  const { out, dx, dgamma, dbeta } = compute(tensorOf(x), tensorOf(weight), tensorOf(bias), tensorOf(dout));
  expectValues(out, pass.out);
  expectValues(dx, pass.dx);
  expectValues(dgamma, pass.dweight);
  expectValues(dbeta, pass.dbias);
}

const layers = {
  batchNorm1d: {
    forward: batchnormForward,
    backward: batchnormBackward,
    epsilon: 1e-5,
    weight: 0.1,
    /** To rows of channels. */
    rowsOf: (batch: Tensor) => batch,
  },
  batchNorm2d: {
    forward: spatialBatchnormForward,
    backward: spatialBatchnormBackward,
    epsilon: 1e-3,
    weight: 0.2,
    rowsOf: (batch: Tensor) => {
      const [n, c, h, w] = batch.shape as [number, number, number, number];
      return new Tensor(batch.elements(), [n, h, w, c], [c * h * w, w, 1, h * w]).contiguous();
    },
  },
} as const;

describe.each(['batchNorm1d', 'batchNorm2d'] as const)('%s as PyTorch has it', (name) => {
  const { training, running, evaluation } = expected[name];
  const { forward, backward, epsilon, weight, rowsOf } = layers[name];

  it('in training', () => {
    expectPass(training, (x, gamma, beta, dout) => {
      const { out, cache } = forward(x, gamma, beta, { mode: 'train', eps: epsilon });
      return { out, ...backward(dout, cache as never) };
    });
  });

  it('in evaluation, with gradients', () => {
    expectPass(evaluation, (x, gamma, beta, dout) => {
      const [runningMean, runningVar] = [tensorOf(running.mean), tensorOf(running.var)];
      const { out, cache } = forward(x, gamma, beta, { mode: 'test', eps: epsilon, runningMean, runningVar });
      return { out, ...backward(dout, cache as never) };
    });
  });

  it('running statistics after 100 steps', () => {
    const cols = running.mean.data.length;
    const [mean, variance, unbiased] = [0, 1, 2].map(() => new Float64Array(cols)) as Float64Array[];
    const [runningMean, runningVar] = [new Float64Array(cols), new Float64Array(cols).fill(1)];
    const batches = tensorOf(running.batches);
    const [steps = 0, ...shape] = batches.shape;
    for (let step = 0; step < steps; step++) {
      const x = rowsOf(batches.slice(step, step + 1).reshape(shape)).elements();
      const rows = x.length / cols;
      runOp('column_mean', 'float64', rows, cols, { x, mean: mean! }, {});
      const statistics = { x, mean: mean!, variance: variance!, unbiased: unbiased! };
      runOp('column_variance', 'float64', rows, cols, statistics, {});
      runOp('lerp', 'float64', 1, cols, { x: mean!, y: runningMean }, { weight });
      runOp('lerp', 'float64', 1, cols, { x: unbiased!, y: runningVar }, { weight });
    }
    expectValues(runningMean, running.mean);
    expectValues(runningVar, running.var);
  });
});

describe('normalization of rows as PyTorch has it', () => {
  it('layerNorm', () => {
    expectPass(expected.layerNorm, (x, gamma, beta, dout) => {
      const { out, cache } = layernormForward(x, gamma, beta);
      return { out, ...layernormBackward(dout, cache) };
    });
  });

  it('groupNorm', () => {
    expectPass(expected.groupNorm, (x, gamma, beta, dout) => {
      const { out, cache } = spatialGroupnormForward(x, gamma, beta, 2);
      return { out, ...spatialGroupnormBackward(dout, cache) };
    });
  });

  it('rmsNorm', () => {
    const pass = expected.rmsNorm;
    const [rows, cols] = pass.x.shape as [number, number];
    const [x, gamma, dy] = [pass.x, pass.weight, pass.dout].map(({ data }) => Float64Array.from(data)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const [y, dx, inverse] = [x.slice(), x.slice(), new Float64Array(rows)];
    const dgamma = new Float64Array(cols);
    runOp('rms_norm', 'float64', rows, cols, { x, gamma, y, inverse }, { epsilon: 1e-6 });
    runOp('rms_norm_sums', 'float64', rows, cols, { dy, x, inverse, dgamma }, {});
    runOp('rms_norm_backward', 'float64', rows, cols, { dy, x, inverse, gamma, dx }, { beta: 0 });
    expectValues(y, pass.out);
    expectValues(dx, pass.dx);
    expectValues(dgamma, pass.dweight);
  });
});
