import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../lib/core/errors.js';
import { type Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  Lion,
  NAdam,
  type Optimizer,
  RAdam,
  RMSProp,
  SGD,
} from '../../lib/models/by-hand/optimizers/index.js';
import { Sequential } from '../../lib/models/sequential.js';
import { CustomLayer, type CustomParameter } from '../../lib/nn/custom-layer.js';
import type { UpdateRuleName } from '../../lib/optim/update-rules.js';
import { expectClose, readOracle } from './oracle.js';

interface Oracle {
  readonly w0: number[][];
  /** One (3, 4) gradient a step. */
  readonly grads: number[][][];
  readonly steps: Readonly<
    Record<string, { readonly config: Record<string, number>; readonly w: number[][][] }>
  >;
}

const oracle = readOracle<Oracle>('optimizers');

/** A layer whose only parameter is the oracle's. */
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
  net.restoreParams({ w1: oracle.w0 });
  return net;
}

const makers: Record<string, (net: Sequential, config: Record<string, number>) => Optimizer> = {
  sgd: (net, config) => new SGD(net, config),
  sgdMomentum: (net, config) => new SGD(net, config),
  nesterov: (net, config) => new SGD(net, { ...config, nesterov: true }),
  adagrad: (net, config) => new Adagrad(net, config),
  rmsprop: (net, config) => new RMSProp(net, config),
  adam: (net, config) => new Adam(net, config),
  adamw: (net, config) => new AdamW(net, config),
};

describe.each(Object.keys(oracle.steps))('the optimizer of the rule %s', (name) => {
  const { config, w: golden } = oracle.steps[name]!;
  const { learningRate, ...others } = config;

  it('has the weights of ten steps in NumPy', () => {
    const net = netWithWeights();
    const optimizer = makers[name]!(net, { lr: learningRate!, ...others });
    expect(golden).toHaveLength(10);
    for (const [step, w] of golden.entries()) {
      const grad = net.grads[0]!;
      grad.data.set(tensor(oracle.grads[step]!).elements(), grad.offset);
      optimizer.step();
      expectClose(net.params.w1!, w, 1e-12, 1e-3);
      expect(optimizer.t).toBe(step + 1);
    }
  });
});

/** Each class with options that its rule takes, under the rule's names too. */
const sameSteps: readonly (readonly [
  name: string,
  make: (net: Sequential) => Optimizer,
  rule: UpdateRuleName,
  config: Readonly<Record<string, number>>,
])[] = [
  ['Adadelta', (net) => new Adadelta(net), 'adadelta', {}],
  [
    'Adadelta',
    (net) => new Adadelta(net, { lr: 0.5, rho: 0.8 }),
    'adadelta',
    { learningRate: 0.5, rho: 0.8 },
  ],
  ['Adam with amsgrad', (net) => new Adam(net, { amsgrad: true, beta2: 0.5 }), 'amsgrad', { beta2: 0.5 }],
  ['Adam without', (net) => new Adam(net, { amsgrad: false, beta2: 0.5 }), 'adam', { beta2: 0.5 }],
  ['AdamW with amsgrad', (net) => new AdamW(net, { amsgrad: true }), 'amsgradw', {}],
  ['Adamax', (net) => new Adamax(net, { weightDecay: 0.1 }), 'adamax', { weightDecay: 0.1 }],
  ['NAdam', (net) => new NAdam(net, { momentumDecay: 0.1 }), 'nadam', { momentumDecay: 0.1 }],
  ['RAdam', (net) => new RAdam(net, { lr: 0.1 }), 'radam', { learningRate: 0.1 }],
  ['Lion', (net) => new Lion(net, { beta1: 0.5 }), 'lion', { beta1: 0.5 }],
];

describe.each(sameSteps)('%s', (_, make, rule, config) => {
  it(`takes the steps of the rule ${rule}`, () => {
    const [net, other] = [netWithWeights(), netWithWeights()];
    const optimizer = make(net);
    const state = other.newOptimizerState(rule);
    for (const values of oracle.grads) {
      for (const each of [net, other]) {
        const grad = each.grads[0]!;
        grad.data.set(tensor(values).elements(), grad.offset);
      }
      optimizer.step();
      other.applyUpdate(state, config);
    }
    expect(net.params.w1!.toArray()).toEqual(other.params.w1!.toArray());
    expect(net.params.w1!.toArray()).not.toEqual(oracle.w0);
  });
});

describe('an optimizer', () => {
  it('takes a learning rate that changes between steps', () => {
    const net = netWithWeights();
    const optimizer = new SGD(net, { lr: 1 });
    net.grads[0]!.set(0, 0, 1);
    const before = net.params.w1!.get(0, 0);
    optimizer.lr = 0.25;
    optimizer.step();
    expect(net.params.w1!.get(0, 0)).toBe(before - 0.25);
    optimizer.lr = Number.NaN;
    expect(() => optimizer.step()).toThrow(ArgumentError);
    expect(net.params.w1!.get(0, 0)).toBe(before - 0.25);
    optimizer.zeroGrad();
    expect(net.grads[0]!.get(0, 0)).toBe(0);
  });

  it('has moments of its own', () => {
    const net = netWithWeights();
    const one = new Adam(net, { lr: 0.1 });
    net.grads[0]!.set(0, 0, 1);
    one.step();
    const two = new Adam(net, { lr: 0.1 });
    two.step();
    expect([one.t, two.t]).toEqual([1, 1]);
  });

  it('refuses what it does not know', () => {
    const net = netWithWeights();
    expect(() => new SGD(net, { learningRate: 1 } as never)).toThrow(ArgumentError);
    expect(() => new SGD(net, { nesterov: true })).toThrow('momentum');
    expect(() => new SGD(net, { lr: -1 })).toThrow(
      'expected option lr to be a number from 0 on but received -1',
    );
    expect(() => new Adam(net, { beta: 0.9 } as never)).toThrow('did you mean beta1?');
    expect(() => new Adam({} as never)).toThrow('expected the net to be a model');
    const empty = new Sequential(
      [
        new (class Nothing extends Weights {
          override parameters() {
            return {};
          }
        })(),
      ],
      { inputSize: 2 },
    );
    expect(() => new SGD(empty)).toThrow('expected a model with parameters');
  });
});
