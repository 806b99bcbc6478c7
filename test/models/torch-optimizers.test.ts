import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../lib/core/tensors/tensor.js';
import { tensor } from '../../lib/core/tensors/tensor.js';
import { Sequential } from '../../lib/models/sequential.js';
import { CustomLayer, type CustomParameter } from '../../lib/nn/custom-layer.js';
import { checkHyperparameters, type UpdateRuleName, updateRules } from '../../lib/optim/update-rules.js';
import { fixture } from '../fixtures/index.js';
import { expectClose } from './oracle.js';

interface Golden {
  readonly w0: number[][];
  /** The (3, 4) gradient of each of 20 steps. */
  readonly grads: number[][][];
  readonly runs: readonly {
    readonly rule: UpdateRuleName;
    readonly config: Readonly<Record<string, number>>;
    readonly w: number[][][];
  }[];
  /** What NAdam's step takes of gradient and first moment. */
  readonly nadam: readonly {
    readonly beta1: number;
    readonly momentumDecay: number;
    readonly t: number;
    readonly factors: readonly [ofGradient: number, ofMoment: number];
  }[];
}

const golden: Golden = JSON.parse(readFileSync(fixture('torch/optimizers.json'), 'utf8'));

/** A layer whose only parameter is the fixture's. */
class Weights extends CustomLayer {
  override parameters(): Record<string, CustomParameter> {
    return { w: { shape: [3, 4] } };
  }
  override forward(x: Tensor): Tensor {
    return x;
  }
  override backward(dout: Tensor): Tensor {
    return dout;
  }
}

function netWithWeights(): Sequential {
  const net = new Sequential([new Weights()], { inputSize: 2, dtype: 'float64' });
  net.restoreParams({ w1: golden.w0 });
  return net;
}

function setGradient(net: Sequential, values: number[][]): void {
  const grad = net.grads[0]!;
  grad.data.set(tensor(values).elements(), grad.offset);
}

it('there is a run of PyTorch for each update rule', () => {
  expect([...new Set(golden.runs.map(({ rule }) => rule))].sort()).toEqual(Object.keys(updateRules).sort());
});

describe.each(golden.runs)('$rule with $config', ({ rule, config, w }) => {
  it('has the weights of twenty steps in PyTorch, float64', () => {
    expect(w).toHaveLength(20);
    const net = netWithWeights();
    const state = net.newOptimizerState(rule);
    for (const [step, weights] of w.entries()) {
      setGradient(net, golden.grads[step]!);
      net.applyUpdate(state, config);
      expectClose(net.params.w1!, weights, 1e-10, 1);
    }
  });
});

describe('nadam', () => {
  it('takes of gradient and moment what PyTorch takes after so many steps, from t alone', () => {
    for (const { beta1, momentumDecay, t, factors } of golden.nadam) {
      // With β₂ = 0, √v̂ is |g|; with g = 1 after moments of zero, the step is lr·(factor of g + factor of m·(1 − β₁)).
      const net = netWithWeights();
      const before = net.params.w1!.get(0, 0);
      setGradient(
        net,
        golden.w0.map((row) => row.map(() => 1)),
      );
      const learningRate = 0.5;
      const config = { learningRate, beta1, beta2: 0, momentumDecay, epsilon: 1e-300 };
      net.applyUpdate(net.newOptimizerState('nadam'), checkHyperparameters('test', 'nadam', config), t);
      const step = learningRate * (factors[0] + factors[1] * (1 - beta1));
      const got = before - net.params.w1!.get(0, 0);
      expect(Math.abs(got - step) / step, JSON.stringify({ beta1, momentumDecay, t })).toBeLessThan(1e-9);
    }
  });
});
