import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { Sequential } from '../../lib/models/sequential.js';
import type { Layer, LayerClass, LayerConfig } from '../../lib/nn/layer.js';
import { ELU } from '../../lib/nn/layers/activations/elu.js';
import { GELU } from '../../lib/nn/layers/activations/gelu.js';
import { LeakyReLU } from '../../lib/nn/layers/activations/leaky-relu.js';
import { Maxout } from '../../lib/nn/layers/activations/maxout.js';
import { PReLU } from '../../lib/nn/layers/activations/prelu.js';
import { type LayerKind, layers } from '../../lib/nn/layers/index.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { gradCheck } from '../../lib/train/gradient-check.js';
import { fixture } from '../fixtures/index.js';

interface TorchCase {
  readonly kind: LayerKind;
  readonly config: LayerConfig;
  readonly y: number[][];
  readonly dx: number[][];
  readonly slope?: number[];
  readonly dslope?: number[];
}

type Exact = Readonly<Record<string, { readonly y: number[]; readonly slope: number[] }>>;

const { x, dy, torch, exact } = JSON.parse(readFileSync(fixture('activations/expected.json'), 'utf8')) as {
  readonly x: number[][];
  readonly dy: number[][];
  readonly torch: readonly TorchCase[];
  readonly exact: { readonly x: number[] } & Exact;
};

/** None of them has others inside. */
function made(kind: LayerKind, config: LayerConfig): Layer {
  const { fromConfig }: LayerClass = layers[kind];
  return fromConfig(config, () => []);
}

/** A layer's two passes, as a net that is nothing else. */
function passes(
  layer: Layer,
  dtype: 'float32' | 'float64',
  X: number[][],
  dout: number[][],
  slope?: number[],
) {
  const net = new Sequential([layer], { inputSize: X[0]!.length, dtype, loss: 'mse', seed: 0 });
  if (slope !== undefined) net.params.slope1!.data.set(slope, net.params.slope1!.offset);
  const y = net.forward(tensor(X, undefined, { dtype })).clone();
  const dx = net.backward(tensor(dout, undefined, { dtype }), { inputGradient: true });
  return { y, dx, dslope: net.grads[0] };
}

function expectWithin(got: Tensor | undefined, want: readonly number[], relative: number, absolute: number) {
  expect(got?.size).toBe(want.length);
  for (const [i, value] of [...got!.elements()].entries()) {
    const near = Math.abs(value - want[i]!) <= relative * Math.abs(want[i]!) + absolute;
    if (!near) expect.fail(`[${i}] is ${value}, not ${want[i]}`);
  }
}

describe.each(torch.map((each) => ({ ...each, name: `${each.kind} ${JSON.stringify(each.config)}` })))(
  '$name',
  ({ kind, config, y, dx, slope, dslope }) => {
    // PyTorch's own digits end there: 1 + erf(x/√2) far below 0, and what is left of y beside alpha.
    it.each([
      { dtype: 'float64', relative: 1e-10, absolute: 1e-14 },
      { dtype: 'float32', relative: 2e-6, absolute: 1e-6 },
    ] as const)('computes y, and dx of dy, as PyTorch does, $dtype', ({ dtype, relative, absolute }) => {
      const got = passes(made(kind, config), dtype, x, dy, slope);
      expectWithin(got.y, y.flat(), relative, absolute);
      expectWithin(got.dx, dx.flat(), relative, absolute);
      if (dslope !== undefined) expectWithin(got.dslope, dslope, relative, 1e3 * absolute);
    });
  },
);

describe.each(['GELU', 'SiLU', 'Mish', 'Softplus'] as const)('%s to the last digits', (kind) => {
  it.each([
    { dtype: 'float64', relative: 2e-15, absolute: 1e-300 },
    { dtype: 'float32', relative: 1e-6, absolute: 1e-37 },
  ] as const)('in the tails, too, $dtype', ({ dtype, relative, absolute }) => {
    const got = passes(made(kind, {}), dtype, [exact.x], [exact.x.map(() => 1)]);
    expectWithin(got.y, exact[kind]!.y, relative, absolute);
    // The derivative's zero is where terms of size 1 cancel.
    expectWithin(got.dx, exact[kind]!.slope, 10 * relative, relative);
  });
});

describe('the arguments of the activations', () => {
  const configOf = (layer: Layer) => layer.config();

  it('have PyTorch’s defaults', () => {
    expect(configOf(new LeakyReLU())).toEqual({ negativeSlope: 0.01 });
    expect(configOf(new ELU())).toEqual({ alpha: 1 });
    expect(configOf(new GELU())).toEqual({ approximate: 'none' });
    expect(configOf(new PReLU())).toEqual({ numParameters: 1, init: 0.25 });
  });

  it('come back from a config', () => {
    expect(configOf(LeakyReLU.fromConfig({ negativeSlope: -2 }))).toEqual({ negativeSlope: -2 });
    expect(configOf(ELU.fromConfig({ alpha: 0.5 }))).toEqual({ alpha: 0.5 });
    expect(configOf(GELU.fromConfig({ approximate: 'tanh' }))).toEqual({ approximate: 'tanh' });
    expect(configOf(PReLU.fromConfig({ numParameters: 3, init: 0 }))).toEqual({ numParameters: 3, init: 0 });
  });
});

describe('a net with PReLU', () => {
  const slopes = (tensors: Readonly<Record<string, Tensor | undefined>>) =>
    Object.entries(tensors)
      .find(([name]) => name.startsWith('slope'))![1]!
      .toArray();
  const chain = (numParameters: number) => [
    new Linear(4, 5, { init: 'xavier' }),
    new PReLU({ numParameters }),
    new Linear(5, 3, { init: 'xavier' }),
  ];
  const make = (numParameters: number, reg: number) =>
    new Sequential(chain(numParameters), { seed: 2, dtype: 'float64', reg });
  const rng = new RandomState(3);
  const X = rng.randn(7, 4);
  const y = rng.randint(3, 7);

  it.each([1, 5])('learns %d slopes, from 0.25 on', (count) => {
    const net = make(count, 0.1);
    expect(slopes(net.params)).toEqual(new Array(count).fill(0.25));
    expect(gradCheck(net, X, y).maxRelError).toBeLessThan(1e-7);
  });

  it('does not regularize them', () => {
    const [plain, regularized] = [make(5, 0), make(5, 10)].map((net) => net.loss(X, y).grads);
    expect(slopes(regularized!)).toEqual(slopes(plain!));
    expect(regularized!.W1!.toArray()).not.toEqual(plain!.W1!.toArray());
  });

  it('takes as many features as it has slopes', () => {
    expect(() => make(4, 0)).toThrow(/layer 1 \(PReLU\) to take 5 features, .* but it takes 4/);
  });
});

describe('Maxout', () => {
  const make = (...chain: Layer[]) =>
    new Sequential(chain, { inputSize: 6, dtype: 'float64', loss: 'mse', seed: 0 });
  const rows = [
    [1, 5, 2, -3, -1, -2],
    [4, 4, 0, Number.NEGATIVE_INFINITY, 7, 8],
  ];

  it('takes the largest of neighbours, and gives the gradient to the first of equals', () => {
    const net = make(new Maxout(3));
    const X = tensor(rows, undefined, { dtype: 'float64' });
    expect(net.forward(X).toArray()).toEqual([
      [5, -1],
      [4, 8],
    ]);
    const dout = tensor([1, 2, 3, 4], [2, 2], { dtype: 'float64' });
    expect(net.backward(dout, { inputGradient: true })!.toArray()).toEqual([
      [0, 1, 0, 0, 2, 0],
      [3, 0, 0, 0, 0, 4],
    ]);
  });

  it('learns behind a Linear layer, and comes back from its config', () => {
    const rng = new RandomState(3);
    const net = make(
      new Linear(6, 8, { init: 'xavier' }),
      new Maxout(2),
      new Linear(4, 3, { init: 'xavier' }),
    );
    expect(gradCheck(net, rng.randn(7, 6), rng.randint(3, 7)).maxRelError).toBeLessThan(1e-7);
    expect(Maxout.fromConfig(new Maxout(2).config()).pieces).toBe(2);
  });

  it('takes a multiple of its pieces', () => {
    expect(() => make(new Maxout(4))).toThrow(
      /layer 0 \(Maxout\) to take 6 features, .* but it takes a multiple of 4/,
    );
    expect(() => new Maxout(0)).toThrow('pieces to be a positive integer but received 0');
  });
});

describe('the activation of a FullyConnectedNet', () => {
  // biome-ignore format: a table
  const names = {
    relu: 'ReLU', leakyRelu: 'LeakyReLU', elu: 'ELU', selu: 'SELU', gelu: 'GELU', silu: 'SiLU', mish: 'Mish', sigmoid: 'Sigmoid',
    hardsigmoid: 'Hardsigmoid', tanh: 'Tanh', softplus: 'Softplus',
  } as const satisfies Record<string, LayerKind>;

  it.each(Object.entries(names) as [keyof typeof names, LayerKind][])('%s is %s', (activation, kind) => {
    const net = new FullyConnectedNet({
      inputDim: 2,
      hiddenDims: [3, 4],
      numClasses: 2,
      activation,
      seed: 0,
    });
    const kinds = net.network.layers.map(({ layer }) => layer.kind);
    expect(kinds).toEqual(['Linear', kind, 'Linear', kind, 'Linear']);
    expect(FullyConnectedNet.fromConfig(net.config()).config()).toEqual(net.config());
  });
});
