import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../lib/core/tensors/tensor.js';
import { SGD } from '../../lib/models/by-hand/optimizers/index.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { ReLU } from '../../lib/nn/layers/activations/relu.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { gradCheck } from '../../lib/train/gradient-check.js';
import { fixture } from '../fixtures/index.js';
import { temporaryFolder } from '../temporary-folder.js';
import { expectClose, expectNumber } from './oracle.js';

interface Golden {
  readonly X: number[][];
  readonly y: number[];
  readonly start: Readonly<Record<string, number[][]>>;
  readonly runs: readonly {
    readonly options: { readonly reg: number; readonly l1?: number; readonly maxNorm?: number };
    /** Of 20 steps. */
    readonly losses: readonly number[];
    readonly params: Readonly<Record<string, number[][]>>;
  }[];
}

const { X, y, start, runs }: Golden = JSON.parse(readFileSync(fixture('torch/penalties.json'), 'utf8'));
const rule = { name: 'sgdMomentum', config: { momentum: 0.9 } } as const;
/** All rows in each of so many steps. */
const allRows = (steps: number) => Int32Array.from({ length: 10 * steps }, (_, i) => i % 10);

function netOf(options: Golden['runs'][number]['options'], dtype: 'float32' | 'float64' = 'float64') {
  const net = new FullyConnectedNet({ inputDim: 4, hiddenDims: [3], numClasses: 2, dtype, ...options });
  net.restoreParams(start);
  return net;
}

/** The norm of the weights that lead into each unit. */
function unitNorms(W: Tensor): number[] {
  const [rows = 0, cols = 0] = W.shape;
  return Array.from({ length: cols }, (_, j) =>
    Math.hypot(...Array.from({ length: rows }, (_unused, i) => W.get(i, j))),
  );
}

describe.each(runs)('a net with $options', ({ options, losses, params }) => {
  it('has the losses and parameters of twenty steps in PyTorch', async () => {
    const net = netOf(options);
    const run = net.startTraining({ X, y, rule, batchSize: 10 });
    const got = await run.steps(allRows(20), 0.1);
    run.end();
    for (const [step, loss] of losses.entries()) expectNumber(got.losses[step]!, loss, 1e-10);
    for (const [name, values] of Object.entries(params)) expectClose(net.params[name]!, values, 1e-10, 1);
  });

  it('has them in a loop by hand, and in one call and many', async () => {
    const net = netOf(options);
    const optimizer = new SGD(net, { lr: 0.1, momentum: 0.9 });
    for (const loss of losses) {
      expectNumber(net.loss(X, y).loss, loss, 1e-10);
      optimizer.step();
    }
    for (const [name, values] of Object.entries(params)) expectClose(net.params[name]!, values, 1e-10, 1);
    for (const dtype of ['float32', 'float64'] as const) {
      const trained = await Promise.all(
        [20, 1].map(async (stepsPerCall) => {
          const each = netOf(options, dtype);
          const run = each.startTraining({ X, y, rule, batchSize: 10 });
          for (let done = 0; done < 20; done += stepsPerCall) await run.steps(allRows(stepsPerCall), 0.1);
          run.end();
          return [...Object.values(each.params), ...Object.values(each.grads)].flatMap((one) => [...one]);
        }),
      );
      expect(trained[0]).toEqual(trained[1]);
    }
  });

  it('passes the gradient check, and evaluates to its loss', async () => {
    const net = netOf(options);
    // Zero has no derivative.
    net.params.W1.set(1, 1, 0.5);
    const table = gradCheck(net, X, y);
    expect(table.ok, String(table)).toBe(true);
    expect(table.maxRelError).toBeLessThan(1e-7);
    expectNumber((await net.evaluate(X, y)).loss, net.loss(X, y).loss, 1e-12);
  });
});

describe('l1 and maxNorm', () => {
  it('make weights zero, or short, in every model', async () => {
    const sparse = netOf({ reg: 0, l1: 0.3 });
    const run = sparse.startTraining({ X, y, rule: { name: 'sgd' }, batchSize: 10 });
    await run.steps(allRows(1000), 2e-2);
    run.end();
    expect([...sparse.params.W1].every((w) => Math.abs(w) < 0.02)).toBe(true);

    const two = new TwoLayerNet({
      inputSize: 4,
      hiddenSize: 3,
      numClasses: 2,
      std: 1,
      maxNorm: 0.5,
      seed: 1,
    });
    await two.train(X, y, { numIters: 3, batchSize: 10 });
    const chain = new Sequential([new Linear(4, 3), new ReLU(), new Linear(3, 2)], {
      maxNorm: 0.5,
      l1: 0.01,
      seed: 0,
    });
    chain.loss(X, y);
    new SGD(chain, { lr: 0.1 }).step();
    for (const net of [two, chain]) {
      for (const W of [net.params.W1, net.params.W2]) {
        for (const norm of unitNorms(W!)) expect(norm).toBeLessThanOrEqual(0.5 + 1e-6);
      }
    }
  });

  it('are kept in files', async () => {
    const net = netOf({ reg: 0.1, l1: 0.25, maxNorm: 3 });
    const path = join(await temporaryFolder(), 'net.safetensors');
    await net.save(path);
    const again = await FullyConnectedNet.load(path);
    expect(again.config()).toEqual(net.config());
    expect(again.config()).toMatchObject({ l1: 0.25, maxNorm: 3 });
    expect(again.loss(X, y).loss).toBe(net.loss(X, y).loss);
    expect(netOf({ reg: 0 }).config()).not.toHaveProperty('l1');
  });
});
