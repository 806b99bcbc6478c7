import { readFileSync } from 'node:fs';
import process from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { backendInfo, configure } from '../../lib/backend/index.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { clipGradNorm, clipGradValue } from '../../lib/models/by-hand/clipping.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import type { GradientClip } from '../../lib/optim/gradient-clip.js';
import type { UpdateRuleName } from '../../lib/optim/update-rules.js';
import { Solver } from '../../lib/train/solver.js';
import { fixture } from '../fixtures/index.js';

interface Golden {
  readonly clips: readonly {
    readonly kind: 'norm' | 'value';
    readonly limit: number;
    readonly norm: number | null;
    /** Of W1, b1, W2 and b2 of a net 4-3-2. */
    readonly grads: readonly (readonly number[])[];
    readonly clipped: readonly (readonly number[])[];
  }[];
}

const golden: Golden = JSON.parse(readFileSync(fixture('torch/optimizers.json'), 'utf8'));
const native = process.env.GEMMNET_BACKEND !== 'js';
const original = backendInfo();
afterEach(() => {
  if (native) configure({ isa: original.isa, threads: original.threads });
});

const rng = new RandomState(3);
const X = rng.randn(40, 6);
const y = rng.randint(3, 40);
const indices = new RandomState(2).choice(40, 60);

function smallNet(dtype: 'float32' | 'float64' = 'float64'): FullyConnectedNet {
  const sizes = { inputDim: 6, hiddenDims: [5], numClasses: 3 };
  return new FullyConnectedNet({ ...sizes, weightScale: 0.5, reg: 0.1, dtype, seed: 1 });
}

const numbers = (net: FullyConnectedNet | TwoLayerNet) =>
  [...Object.values(net.params), ...Object.values(net.grads)].flatMap((each) => [...each]);

/** What 12 steps make of parameters and gradients. */
async function train(
  net: FullyConnectedNet,
  gradientClip: GradientClip | undefined,
  name: UpdateRuleName,
  stepsPerCall = 12,
): Promise<number[]> {
  const clip = gradientClip === undefined ? {} : { gradientClip };
  const run = net.startTraining({ X, y, rule: { name }, batchSize: 5, ...clip });
  for (let at = 0; at < 60; at += 5 * stepsPerCall) {
    await run.steps(indices.slice(at, at + 5 * stepsPerCall), 0.05);
  }
  run.end();
  return numbers(net);
}

describe('clipGradNorm and clipGradValue', () => {
  it.each(golden.clips)('are PyTorch’s: $kind $limit', ({ kind, limit, norm, grads, clipped }) => {
    const net = new TwoLayerNet({ inputSize: 4, hiddenSize: 3, numClasses: 2, dtype: 'float64' });
    const tensors = ['W1', 'b1', 'W2', 'b2'].map((name) => net.grads[name]!);
    for (const [i, grad] of tensors.entries()) {
      for (const [at, value] of grads[i]!.entries()) {
        if (grad.shape.length === 1) grad.set(at, value);
        else grad.set(Math.floor(at / grad.shape[1]!), at % grad.shape[1]!, value);
      }
    }
    if (kind === 'norm') expect(clipGradNorm(net, limit) / norm!).toBeCloseTo(1, 10);
    else clipGradValue(net, limit);
    for (const [i, grad] of tensors.entries()) {
      for (const [at, value] of [...grad].entries()) {
        const want = clipped[i]![at]!;
        expect(Math.abs(value - want)).toBeLessThanOrEqual(1e-10 * Math.abs(want));
      }
    }
  });

  it('keep what is not a number, for somebody to see', () => {
    const net = smallNet();
    net.loss(X, y);
    net.grads.W1.set(0, 0, Number.NaN);
    clipGradValue(net, 0.1);
    expect(net.grads.W1.get(0, 0)).toBeNaN();
    expect(clipGradNorm(net, 0.1)).toBeNaN();
    expect([...net.grads.W2].every(Number.isNaN)).toBe(true);
  });
});

const clips: readonly GradientClip[] = [{ norm: 0.1 }, { value: 0.02 }];

describe.each(clips)('startTraining with gradientClip %o', (clip) => {
  it('does what loss, clipping and applyUpdate do, step by step', async () => {
    const [net, other] = [smallNet(), smallNet()];
    const got = await train(net, clip, 'adam');
    const state = other.newOptimizerState('adam');
    for (let at = 0; at < 60; at += 5) {
      const rows = [...indices.subarray(at, at + 5)];
      const batch = rows.map((row) => [...X.slice(row, row + 1)]);
      other.loss(
        batch,
        rows.map((row) => y[row]!),
      );
      if (clip.norm === undefined) clipGradValue(other, clip.value);
      else expect(clipGradNorm(other, clip.norm)).toBeGreaterThan(clip.norm);
      other.applyUpdate(state, { learningRate: 0.05 });
    }
    for (const [i, value] of numbers(other).entries()) expect(got[i]).toBeCloseTo(value, 12);
    expect(got).not.toEqual(await train(smallNet(), undefined, 'adam'));
  });

  it.each(['sgd', 'nesterov', 'amsgrad'] as const)(
    'is the same in one call and in many: %s',
    async (rule) => {
      for (const dtype of ['float32', 'float64'] as const) {
        const together = await train(smallNet(dtype), clip, rule);
        expect(together).toEqual(await train(smallNet(dtype), clip, rule, 1));
      }
    },
  );
});

describe('gradientClip', () => {
  it('leaves steps as they are where gradients are small', async () => {
    for (const clip of [{ norm: 1e3 }, { value: 1e3 }]) {
      expect(await train(smallNet(), clip, 'sgd')).toEqual(await train(smallNet(), undefined, 'sgd'));
    }
  });

  it('is the same, bit by bit, for all instruction sets that fuse, and 1 and 2 threads', async (ctx) => {
    if (!native) ctx.skip('instruction sets and threads are the native backend’s');
    const isas = original.isas.filter((isa) => isa === 'avx2' || isa === 'avx512');
    const large = new RandomState(8).randn(40, 300);
    const results: number[][] = [];
    for (const isa of isas.length > 0 ? isas : [original.isa]) {
      for (const threads of [1, 2]) {
        configure({ isa, threads });
        const net = new FullyConnectedNet({
          inputDim: 300,
          hiddenDims: [200],
          numClasses: 3,
          init: 'he',
          seed: 0,
        });
        const run = net.startTraining({
          X: large,
          y,
          rule: { name: 'sgd' },
          batchSize: 20,
          gradientClip: { norm: 0.5 },
        });
        await run.steps(indices, 0.1);
        run.end();
        results.push(numbers(net));
      }
    }
    for (const each of results) expect(each).toEqual(results[0]);
  });

  it('is an option of Solver and TwoLayerNet.train', async () => {
    const solved = async (options: { readonly gradientClip?: GradientClip }) => {
      const net = smallNet();
      const quiet = { verbose: false, numEpochs: 1, batchSize: 5, seed: 0 };
      await new Solver(net, { XTrain: X, yTrain: y }, { ...quiet, learningRate: 0.5, ...options }).train();
      return numbers(net);
    };
    const trained = async (options: { readonly gradientClip?: GradientClip }) => {
      const net = new TwoLayerNet({ inputSize: 6, hiddenSize: 4, numClasses: 3, std: 0.5, seed: 0 });
      await net.train(X, y, { learningRate: 0.5, numIters: 5, batchSize: 8, ...options });
      return numbers(net);
    };
    for (const each of [solved, trained]) {
      const free = await each({});
      expect(await each({ gradientClip: { norm: 1e3 } })).toEqual(free);
      const clipped = await each({ gradientClip: { norm: 0.01 } });
      expect(clipped).not.toEqual(free);
      expect(await each({ gradientClip: { value: 0.01 } })).not.toEqual(free);
    }
  });
});
