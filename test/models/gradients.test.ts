import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { oneHot } from '../../lib/data/one-hot.js';
import {
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  FocalLoss,
  HingeLoss,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  LogCoshLoss,
  MSELoss,
  PoissonNLLLoss,
  QuantileLoss,
  SoftmaxCrossEntropyLoss,
  SquaredHingeLoss,
} from '../../lib/models/by-hand/criteria.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { Sequential } from '../../lib/models/sequential.js';
import type { RegMode } from '../../lib/net/lowering.js';
import { makeNetwork } from '../../lib/net/network.js';
import type { Layer, LayerClass } from '../../lib/nn/layer.js';
import { layers } from '../../lib/nn/layers/index.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { type LossName, losses } from '../../lib/nn/losses/index.js';
import { gradCheck } from '../../lib/train/gradient-check.js';
import { evalNumericalGradient, relError } from '../../lib/train/numerical-gradient.js';

const criteria = {
  softmaxCrossEntropy: SoftmaxCrossEntropyLoss,
  crossEntropy: CrossEntropyLoss,
  hinge: HingeLoss,
  squaredHinge: SquaredHingeLoss,
  focal: FocalLoss,
  mse: MSELoss,
  l1: L1Loss,
  huber: HuberLoss,
  logCosh: LogCoshLoss,
  klDiv: KLDivLoss,
  poissonNll: PoissonNLLLoss,
  bceWithLogits: BCEWithLogitsLoss,
  quantile: QuantileLoss,
} as const satisfies Record<LossName, unknown>;

const rng = new RandomState(4);
const X = rng.randn(6, 4);
const y = rng.randint(3, 6);
const lossNames = Object.keys(losses) as LossName[];
const layerNames = Object.keys(layers) as (keyof typeof layers)[];
const pairs = layerNames.flatMap((layer) => lossNames.map((loss) => ({ layer, loss })));

/** An example of a layer for rows of so many features; one for pictures between what makes pictures of rows, and rows of pictures. */
function exampleFor(kind: (typeof layerNames)[number], features: number): { inputs: number; chain: Layer[] } {
  const { example, exampleShape }: LayerClass = layers[kind];
  // Behind a bend, or the bias before a batch norm would have no gradient but rounding.
  const bend = kind.startsWith('BatchNorm') ? [new layers.Tanh()] : [];
  if (exampleShape === undefined) return { inputs: features, chain: [...bend, example(features)] };
  const inputs = exampleShape.reduce((product, size) => product * size, 1);
  return {
    inputs,
    chain: [...bend, new layers.Reshape(exampleShape), example(features), new layers.Flatten()],
  };
}

/** The layer between two linear ones, which make its input vary and its parameters count. */
function netAround(kind: (typeof layerNames)[number], loss: LossName): Sequential {
  const { inputs, chain: example } = exampleFor(kind, 5);
  const hidden = makeNetwork('test', example, [inputs], 'float64').outputSize;
  const chain = [
    new Linear(4, inputs, { init: 'xavier' }),
    ...example,
    new Linear(hidden, 3, { init: 'xavier' }),
    ...(loss === 'crossEntropy' ? [new layers.Softmax()] : []),
  ];
  return new Sequential(chain, { seed: 2, dtype: 'float64', loss, reg: 0.1 });
}

/**
 * Central differences over steps long enough for gradients of 1e-4, of which shorter ones lose too many digits to rounding; what bends in
 * between is taken out by those over twice the step (Richardson).
 */
function extrapolated(f: (x: Tensor) => number, x: Tensor): Tensor {
  const [near, far] = [3e-5, 6e-5].map((h) => evalNumericalGradient(f, x.clone(), { h })) as [Tensor, Tensor];
  const values = Float64Array.from(near.data, (slope, i) => (4 * slope - far.data[i]!) / 3);
  return tensor(values, near.shape);
}

describe.each(pairs)('the gradients of $layer under the loss $loss', ({ layer, loss }) => {
  it('are those of central differences', () => {
    const table = gradCheck(netAround(layer, loss), X, y);
    expect(table.rows.length).toBeGreaterThanOrEqual(4);
    expect(table.maxRelError).toBeLessThan(1e-7);
  });

  it('are the same, and that of the input too, in a loop of criterion and backward', () => {
    const net = netAround(layer, loss);
    const criterion = new criteria[loss]();
    // The masks of the first training step, whatever was computed before.
    const training = true;
    const firstStep = () => {
      net.chance.step = 0;
    };
    criterion.forward(net.forward(X, { training }), y);
    const dx = net.backward(criterion.backward(), { inputGradient: true });
    const { grads } = net.loss(X, y, { reg: 0, step: 0 });
    net.zeroGrad();
    firstStep();
    criterion.forward(net.forward(X, { training }), y);
    net.backward(criterion.backward());
    for (const [i, grad] of Object.values(grads).entries()) {
      expect(relError(net.grads[i] as Tensor, grad)).toBeLessThan(1e-9);
    }
    const lossAt = (x: Tensor) => net.loss(x, y, { reg: 0, step: 0 }).loss;
    expect(relError(dx, extrapolated(lossAt, X))).toBeLessThan(1e-7);
  });
});

describe('the gradients of a layer at the end', () => {
  it.each(layerNames)('%s', (kind) => {
    const { inputs, chain } = exampleFor(kind, 4);
    const net = new Sequential([new Linear(4, inputs, { init: 'xavier' }), ...chain], {
      seed: 3,
      dtype: 'float64',
      loss: 'mse',
    });
    const targets = new RandomState(5).randn(6, net.numClasses);
    if (net.numClasses !== 4) {
      expect(gradCheck(net, X, targets).maxRelError).toBeLessThan(1e-7);
      return;
    }
    expect(gradCheck(net, X, y).maxRelError).toBeLessThan(1e-7);
  });
});

describe('the gradients of a FullyConnectedNet', () => {
  const activations = ['relu', 'sigmoid', 'tanh'] as const;
  const kinds = ['softmax', 'hinge', 'mse'] as const;
  it.each(activations.flatMap((activation) => kinds.map((loss) => ({ activation, loss }))))(
    'with $activation and $loss',
    ({ activation, loss }) => {
      const net = new FullyConnectedNet({
        inputDim: 4,
        hiddenDims: [7, 5],
        numClasses: 3,
        activation,
        loss,
        weightScale: 0.4,
        reg: 0.3,
        dtype: 'float64',
        seed: 1,
      });
      expect(gradCheck(net, X, y).maxRelError).toBeLessThan(1e-7);
    },
  );

  it.each(['loss', 'lossFull'] as const satisfies RegMode[])('with regMode %s', (regMode) => {
    const net = new FullyConnectedNet({
      inputDim: 4,
      hiddenDims: [],
      numClasses: 3,
      reg: 0.7,
      regMode,
      dtype: 'float64',
      seed: 1,
    });
    expect(gradCheck(net, X, y).maxRelError).toBeLessThan(1e-7);
  });

  it.each(['mse', 'softmax'] as const)('by targets in place of labels, %s', (loss) => {
    const net = new FullyConnectedNet({
      inputDim: 4,
      hiddenDims: [5],
      numClasses: 3,
      loss,
      weightScale: 0.4,
      dtype: 'float64',
      seed: 1,
    });
    expect(gradCheck(net, X, new RandomState(8).randn(6, 3)).maxRelError).toBeLessThan(1e-7);
    const [byLabels, byTargets] = [net.loss(X, y), net.loss(X, oneHot(y, 3, { dtype: 'float64' }))];
    expect(byTargets.loss).toBeCloseTo(byLabels.loss, 14);
    for (const [name, grad] of Object.entries(byLabels.grads)) {
      expect(relError(byTargets.grads[name]!, grad)).toBeLessThan(1e-12);
    }
  });
});
