import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { FloatDtype } from '../../lib/core/dtype.js';
import { ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { offsetsOf } from '../../lib/core/tensors/strided.js';
import { type LabelsLike, type Tensor, type TensorLike, tensor } from '../../lib/core/tensors/tensor.js';
import { Preparation } from '../../lib/data/preparation/preparation.js';
import { loadDigits } from '../../lib/data/sets/digits.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import type { Model } from '../../lib/models/model.js';
import type { LossAndGradients, LossOptions } from '../../lib/models/model-options.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { CustomLayer } from '../../lib/nn/custom-layer.js';
import { initializers } from '../../lib/nn/initializers.js';
import { Layer } from '../../lib/nn/layer.js';
import { ReLU } from '../../lib/nn/layers/activations/relu.js';
import { Softmax } from '../../lib/nn/layers/activations/softmax.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import type { Scope, Value } from '../../lib/nn/scope.js';
import { gradCheck } from '../../lib/train/gradient-check.js';
import {
  evalNumericalGradient,
  evalNumericalGradientArray,
  relError,
} from '../../lib/train/numerical-gradient.js';

describe('evalNumericalGradient', () => {
  it('differentiates by the argument', () => {
    const gradient = evalNumericalGradient(
      (x) => x.get(0, 0) ** 3 + 5 * x.get(1, 1),
      [
        [2, 0],
        [0, 7],
      ],
    );
    expect(gradient.shape).toEqual([2, 2]);
    expect(
      relError(gradient, [
        [12, 0],
        [0, 5],
      ]),
    ).toBeLessThan(1e-9);
  });

  it('differentiates by memory that f sees otherwise, a strided view too, and restores it', () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const before = [...x];
    const gradient = evalNumericalGradient(() => x.get(0, 1) * x.get(1, 2), x.T);
    expect(gradient.shape).toEqual([3, 2]);
    expect(
      relError(gradient, [
        [0, 0],
        [6, 0],
        [0, 2],
      ]),
    ).toBeLessThan(1e-9);
    expect([...x]).toEqual(before);
  });

  it('restores x when f throws', () => {
    const x = tensor([1, 2]);
    const failing = () => {
      throw new RangeError('no');
    };
    expect(() => evalNumericalGradient(failing, x)).toThrow(RangeError);
    expect([...x]).toEqual([1, 2]);
  });

  it('divides by the step that float32 really takes', () => {
    const x = tensor(Float32Array.of(1000.3));
    const gradient = evalNumericalGradient((v) => 3 * v.get(0), x, { h: 1e-4 });
    expect(gradient.get(0)).toBeCloseTo(3, 9);
  });
});

describe('evalNumericalGradientArray', () => {
  it('is the transposed Jacobian times the upstream gradient', () => {
    const w = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const times = (x: Tensor) =>
      tensor([0, 1].map((j) => [0, 1, 2].reduce((sum, i) => sum + x.get(i) * w.get(i, j), 0)));
    const gradient = evalNumericalGradientArray(times, [1, 1, 1], [10, 100]);
    expect(relError(gradient, [210, 430, 650])).toBeLessThan(1e-9);
  });

  it('refuses an upstream gradient of another shape', () => {
    expect(() => evalNumericalGradientArray((x) => x, [1, 2], [1, 2, 3])).toThrow(ShapeError);
  });
});

describe('relError', () => {
  it('is cs231n’s: the largest |a − b| / max(1e-8, |a| + |b|)', () => {
    expect(relError([1, 2], [1, 3])).toBeCloseTo(0.2, 15);
    expect(relError([0], [1e-9])).toBeCloseTo(0.1, 15);
    expect(relError([0, 5], [0, 5])).toBe(0);
    expect(relError([Number.NaN], [1])).toBeNaN();
  });
});

describe('gradCheck', () => {
  const rng = new RandomState(4);
  const X = rng.randn(6, 5);
  const y = rng.randint(3, 6);

  it('passes a net of each activation, with L2', () => {
    for (const activation of ['relu', 'sigmoid', 'tanh'] as const) {
      const net = new FullyConnectedNet({
        inputDim: 5,
        hiddenDims: [7, 4],
        numClasses: 3,
        activation,
        weightScale: 0.5,
        dtype: 'float64',
        seed: 0,
      });
      const before = net.snapshotParams();
      const table = gradCheck(net, X, y, { reg: 0.3 });
      expect(table.ok, `${activation}\n${table}`).toBe(true);
      expect(table.maxRelError).toBeLessThan(1e-6);
      expect(table.rows.map(({ name }) => name)).toEqual(['W1', 'b1', 'W2', 'b2', 'W3', 'b3']);
      expect(table.rows[0]).toMatchObject({ shape: [5, 7], checked: 35 });
      for (const [name, values] of Object.entries(before))
        expect([...net.params[name]!]).toEqual([...values]);
    }
  });

  it('passes a float32 net with its own step and tolerance', () => {
    const net = new TwoLayerNet({
      inputSize: 5,
      hiddenSize: 6,
      numClasses: 3,
      std: 0.5,
      loss: 'mse',
      seed: 0,
    });
    const table = gradCheck(net, X, y);
    expect(inspect(table)).toBe(String(table));
    expect(table.ok, String(table)).toBe(true);
  });

  it('finds a wrong gradient: L2 that is in the gradient only', () => {
    const net = new FullyConnectedNet({
      inputDim: 5,
      hiddenDims: [4],
      numClasses: 3,
      weightScale: 0.5,
      reg: 1,
      regMode: 'gradient',
      dtype: 'float64',
      seed: 0,
    });
    const wrong = gradCheck(net, X, y);
    expect(wrong.ok).toBe(false);
    expect(wrong.rows.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['W1', 'W2']);
    expect(String(wrong)).toMatch(/W1 +\(5, 4\) +20 .*WRONG/);
    expect(gradCheck(net, X, y, { reg: 0 }).ok).toBe(true);
  });

  it('checks a sample of each parameter', () => {
    const net = new TwoLayerNet({
      inputSize: 5,
      hiddenSize: 6,
      numClasses: 3,
      std: 0.5,
      dtype: 'float64',
      seed: 0,
    });
    const table = gradCheck(net, X, y, { samples: 10 });
    expect(table.rows.map(({ checked }) => checked)).toEqual([10, 6, 10, 3]);
    expect(table.ok).toBe(true);
  });
});

/** What `gradCheck` takes. */
type Checked = readonly [model: Model, X: TensorLike, y: LabelsLike];

const dtypes = ['float64', 'float32'] as const;
const { X: pixels, y: digits } = loadDigits();

/** Nets as a newcomer makes them, with their defaults: small weights, raw pixels, few rows. */
const nets: Readonly<Record<string, (dtype: FloatDtype, seed: number) => Checked>> = {
  'a FullyConnectedNet': (dtype, seed) => [
    new FullyConnectedNet({ inputDim: 5, hiddenDims: [4], numClasses: 3, dtype, seed }),
    ...rows(seed),
  ],
  'a deeper one': (dtype, seed) => [
    new FullyConnectedNet({ inputDim: 5, hiddenDims: [4, 4, 4], numClasses: 3, dtype, seed }),
    ...rows(seed),
  ],
  'a TwoLayerNet': (dtype, seed) => [
    new TwoLayerNet({ inputSize: 5, hiddenSize: 4, numClasses: 3, dtype, seed }),
    ...rows(seed),
  ],
  'a NeuralNetwork': (dtype, seed) => [
    new NeuralNetwork({ inputSize: 5, hiddenSizes: [4], numClasses: 3, dtype, seed }),
    ...rows(seed),
  ],
  'a Sequential': (dtype, seed) => [
    new Sequential([new Linear(5, 4), new ReLU(), new Linear(4, 3), new Softmax()], { dtype, seed }),
    ...rows(seed),
  ],
};

function rows(seed: number): [Tensor, Int32Array] {
  const rng = new RandomState(seed);
  return [rng.randn(7, 5), rng.randint(3, 7)];
}

/** cs231n's cell, with right gradients. */
function cs231n(dtype: FloatDtype, seed: number): Checked {
  const rng = new RandomState(seed);
  const [hiddenDims, weightScale] = [[20, 30], 5e-2];
  const net = new FullyConnectedNet({ inputDim: 15, hiddenDims, numClasses: 10, weightScale, dtype, seed });
  return [net, rng.randn(2, 15), rng.randint(10, 2)];
}

/** The model, with a change made to the gradients that it returns. */
function spoiled(model: Model, change: (grads: Record<string, Tensor>) => void): Model {
  const right = model.loss.bind(model) as (...args: unknown[]) => unknown;
  Object.defineProperty(model, 'loss', {
    value: (...args: unknown[]) => {
      const result = right(...args);
      if (args[1] !== undefined) change((result as LossAndGradients).grads as Record<string, Tensor>);
      return result;
    },
  });
  return model;
}

const timesAll = (factor: number) => (grad: Tensor) => {
  for (const at of offsetsOf(grad)) grad.data[at]! *= factor;
};

/** The largest element, and so one that no rounding hides. */
const timesOne = (factor: number) => (grad: Tensor) => {
  const values = [...grad];
  const largest = Math.max(...values.map(Math.abs));
  const at = [...offsetsOf(grad)][values.findIndex((value) => Math.abs(value) === largest)]!;
  grad.data[at]! *= factor;
};

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed);

describe('gradCheck of right gradients', () => {
  it.each(Object.keys(nets).flatMap((name) => dtypes.map((dtype) => ({ name, dtype }))))(
    'passes $name as it begins, $dtype',
    ({ name, dtype }) => {
      for (const seed of seeds(name === 'a FullyConnectedNet' ? 60 : 20)) {
        const table = gradCheck(...nets[name]!(dtype, seed), { samples: 8 });
        expect(table.ok, `seed ${seed}\n${table}`).toBe(true);
      }
    },
  );

  it.each(dtypes)('passes cs231n’s cell, %s', (dtype) => {
    for (const seed of seeds(20)) {
      const table = gradCheck(...cs231n(dtype, seed), { samples: 30 });
      expect(table.ok, `seed ${seed}\n${table}`).toBe(true);
      expect(table.rows.every(({ leftOut }) => leftOut === 0)).toBe(true);
    }
  });

  it.each(
    (['relu', 'sigmoid', 'tanh'] as const).flatMap((activation) =>
      (['softmax', 'hinge', 'mse'] as const).flatMap((loss) =>
        dtypes.map((dtype) => ({ activation, loss, dtype })),
      ),
    ),
  )('passes raw pixels, $activation, $loss, $dtype', ({ activation, loss, dtype }) => {
    const rest = { numClasses: 10, activation, loss, dtype, reg: 0.1 } as const;
    for (const seed of seeds(2)) {
      const first = 40 * seed;
      const X = pixels.slice(first, first + 20);
      const y = digits.subarray(first, first + 20);
      for (const init of [{}, { init: 'he', regMode: 'lossFull' }] as const) {
        const net = new FullyConnectedNet({ inputDim: 64, hiddenDims: [9], ...init, ...rest, seed });
        const table = gradCheck(net, X, y, { samples: 20 });
        expect(table.ok, `seed ${seed}\n${table}`).toBe(true);
      }
    }
  });

  it.each(dtypes)('passes a net with a preparation, %s', (dtype) => {
    const preparation = Preparation.standardize(pixels);
    const sizes = { inputDim: 64, hiddenDims: [9], numClasses: 10 };
    const net = new FullyConnectedNet({ ...sizes, init: 'he', preparation, dtype, seed: 0 });
    const table = gradCheck(net, pixels.slice(0, 20), digits.subarray(0, 20), { samples: 40 });
    expect(table.ok, String(table)).toBe(true);
  });

  it.each(dtypes)('checks an untrained bias at a row of zeros beside its kink, %s', (dtype) => {
    const xor = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ];
    for (const seed of seeds(10)) {
      const sizes = { inputDim: 2, hiddenDims: [8, 8], numClasses: 2 };
      const net = new FullyConnectedNet({ ...sizes, init: 'he', dtype, seed });
      const before = net.snapshotParams();
      const table = gradCheck(net, xor, [0, 1, 1, 0]);
      expect(table.ok, `seed ${seed}\n${table}`).toBe(true);
      expect(table.rows.map(({ checked }) => checked)).toEqual([16, 8, 64, 8, 16, 2]);
      for (const [name, values] of Object.entries(before))
        expect([...net.params[name]!]).toEqual([...values]);
    }
  });

  it.each(dtypes)('passes gradients that are zero: weights of zeros, units that are all off, %s', (dtype) => {
    const sizes = { inputDim: 5, hiddenDims: [4], numClasses: 3, dtype, seed: 0 };
    const [X, y] = rows(0);
    expect(gradCheck(new FullyConnectedNet({ ...sizes, weightScale: 0 }), X, y).ok).toBe(true);
    const off = new FullyConnectedNet({ ...sizes, init: 'he' });
    off.restoreParams({ ...off.snapshotParams(), b1: new Array(4).fill(-100) });
    expect(gradCheck(off, X, y).ok).toBe(true);
  });
});

const mistakes = {
  'a tensor off by 1e-4': timesAll(1 + 1e-4),
  'a tensor 9 % too large': timesAll(1.09),
  'a tensor of the other sign': timesAll(-1),
  'a tensor of zeros': timesAll(0),
  'one element off by 1e-3': timesOne(1 + 1e-3),
  'one element of the other sign': timesOne(-1),
  'one element that is missing': timesOne(0),
} as const;

describe('gradCheck of wrong gradients', () => {
  const kinds = Object.keys(mistakes) as (keyof typeof mistakes)[];
  it.each(kinds.flatMap((mistake) => dtypes.map((dtype) => ({ mistake, dtype }))))(
    'finds $mistake, $dtype, 20 seeds of 20',
    ({ mistake, dtype }) => {
      for (const seed of seeds(20)) {
        const net = nets[seed % 2 === 0 ? 'a FullyConnectedNet' : 'a Sequential']!;
        const [model, X, y] = net(dtype, seed);
        const name = ['W1', 'b1', 'W2', 'b2'][seed % 4]!;
        const table = gradCheck(
          spoiled(model, (grads) => mistakes[mistake](grads[name]!)),
          X,
          y,
        );
        const wrong = table.rows.filter(({ ok }) => !ok).map((row) => row.name);
        expect(wrong, `seed ${seed}\n${table}`).toEqual([name]);
        expect(table.ok).toBe(false);
        expect(String(table)).toMatch(new RegExp(`^${name} .* WRONG$`, 'm'));
      }
    },
  );

  it.each(dtypes)('finds one element in cs231n’s cell that is off by 1e-3, %s', (dtype) => {
    for (const seed of seeds(10)) {
      const [model, X, y] = cs231n(dtype, seed);
      const net = spoiled(model, (grads) => timesOne(1 + 1e-3)(grads.W2!));
      expect(gradCheck(net, X, y).ok, `seed ${seed}`).toBe(false);
    }
  });

  it('finds a backward pass that is wrong: a layer of one’s own, and one of the package’s kind', () => {
    class Doubled extends CustomLayer {
      override forward(x: Tensor): Tensor {
        return tensor((x.toArray() as number[][]).map((row) => row.map((value) => 2 * value)));
      }
      override backward(dout: Tensor): Tensor {
        return tensor((dout.toArray() as number[][]).map((row) => row.map((value) => 1.999 * value)));
      }
    }
    class Shifted extends Layer {
      readonly kind = 'Shifted';
      override forward(scope: Scope, x: Value): Value {
        const init = initializers.ones;
        const b = scope.parameter({ name: 'b', shape: [3], layout: 'row', regularized: false, init });
        const y = scope.value('shifted', x.shape);
        scope.emit('normalize', { x, shift: b, scale: b, y });
        return scope.record(y, [x, b], (dy) => {
          scope.same(x, dy);
          // y = (x − b)·b and not x + b, and b itself is added to it.
          scope.accumulate(b, (db, beta) => scope.emit('column_sum', { x: dy, y: db }, { beta }));
          scope.accumulate(b, (db) => scope.emit('axpy', { x: b, y: db }, { alpha: 1 }));
        });
      }
    }
    const [X, y] = rows(1);
    for (const dtype of dtypes) {
      const custom = new Sequential([new Linear(5, 4), new Doubled(), new Linear(4, 3)], { seed: 0, dtype });
      const wrong = gradCheck(custom, X, y).rows.filter(({ ok }) => !ok);
      expect(wrong.map(({ name }) => name)).toEqual(['W1', 'b1']);
      const net = new Sequential([new Linear(5, 3), new Shifted()], { seed: 0, dtype });
      const names = gradCheck(net, X, y).rows.filter(({ ok }) => !ok);
      expect(names.map(({ name }) => name)).toContain('b2');
    }
  });

  it('finds gradients that are no numbers', () => {
    const [model, X, y] = cs231n('float64', 0);
    const table = gradCheck(
      spoiled(model, (grads) => timesOne(Number.NaN)(grads.W3!)),
      X,
      y,
    );
    expect(table.maxRelError).toBeNaN();
    expect(table.rows.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['W3']);
  });

  it('refuses gradients that are not there or of another shape', () => {
    const [model, X, y] = cs231n('float64', 0);
    const without = spoiled(model, (grads) => {
      delete grads.b2;
    });
    expect(() => gradCheck(without, X, y)).toThrow(/gradCheck: expected grads\.b2/);
  });
});

describe('gradCheck of a model whose class computes a loss of its own', () => {
  /** A tenth of ΣW1 is in the loss too. */
  class Penalized extends FullyConnectedNet {
    share = 0.1;
    override loss(X: TensorLike): Tensor;
    override loss(X: TensorLike, y: LabelsLike | TensorLike, options?: LossOptions): LossAndGradients;
    override loss(
      X: TensorLike,
      y?: LabelsLike | TensorLike,
      options?: LossOptions,
    ): Tensor | LossAndGradients {
      if (y === undefined) return super.loss(X);
      const { loss, grads } = super.loss(X, y, options);
      const { W1 } = grads;
      for (const at of offsetsOf(W1!)) W1!.data[at]! += this.share;
      return { loss: loss + 0.1 * [...this.params.W1!].reduce((sum, w) => sum + w, 0), grads };
    }
  }
  const make = (dtype: FloatDtype) =>
    new Penalized({ inputDim: 5, hiddenDims: [4], numClasses: 3, init: 'he', dtype, seed: 0 });
  const [X, y] = rows(0);

  it('takes its differences, and leaves it as it was', () => {
    const net = make('float64');
    const before = net.snapshotParams();
    const table = gradCheck(net, X, y);
    expect(table.ok, String(table)).toBe(true);
    for (const [name, values] of Object.entries(before)) expect([...net.params[name]!]).toEqual([...values]);
    net.share = 0.1001;
    expect(gradCheck(net, X, y).rows.filter(({ ok }) => !ok)).toMatchObject([{ name: 'W1' }]);
  });

  it('says where float32 is too coarse for that, and finds what is far off all the same', () => {
    const net = make('float32');
    const table = gradCheck(net, X, y);
    expect(
      table.rows.every(({ maxRelError }) => maxRelError < 5e-5),
      String(table),
    ).toBe(true);
    const left = table.rows.filter(({ leftOut }) => leftOut > 0);
    expect(left.length === 0 || String(table).includes("dtype: 'float64'")).toBe(true);
    net.share = 0.2;
    expect(String(gradCheck(net, X, y))).toMatch(/^W1 .* WRONG$/m);
  });
});

describe('the table of gradCheck', () => {
  /** A staircase has no derivative but at its steps, which steps of any size meet. */
  class Stairs extends CustomLayer {
    override forward(x: Tensor): Tensor {
      return tensor((x.toArray() as number[][]).map((row) => row.map((value) => Math.sin(1e9 * value))));
    }
    override backward(dout: Tensor): Tensor {
      return dout;
    }
  }

  it('does not call right what it could not check, and says how much that was', () => {
    const net = new Sequential([new Linear(5, 3), new Stairs()], { seed: 0, dtype: 'float64' });
    const table = gradCheck(net, ...rows(0));
    expect(table.ok).toBe(false);
    const [W1] = table.rows;
    expect(W1!.leftOut + W1!.checked).toBe(15);
    expect(W1!.leftOut).toBeGreaterThan(7);
    expect(String(table)).toMatch(/^W1 .* UNCHECKED$/m);
    expect(String(table)).toMatch(
      new RegExp(`Left out, at a kink of the loss .*: ${W1!.leftOut} of 15 in W1`),
    );
  });

  it('names float64 where a float32 net is off by so little that rounding may be the reason', () => {
    const [model, X, y] = nets['a FullyConnectedNet']!('float32', 0);
    const table = gradCheck(
      spoiled(model, (grads) => timesAll(1.001)(grads.W1!)),
      X,
      y,
    );
    expect(String(table)).toMatch(/^W1 .* WRONG$/m);
    expect(String(table)).toMatch(/rounding: check a model with dtype: 'float64'/);
  });

  it('goes by a step and a tolerance of one’s own', () => {
    const [model, X, y] = cs231n('float64', 0);
    expect(gradCheck(model, X, y, { h: 1e-5, samples: 20 }).ok).toBe(true);
    const net = spoiled(model, (grads) => timesAll(1.01)(grads.W1!));
    expect(gradCheck(net, X, y, { samples: 20 }).ok).toBe(false);
    expect(gradCheck(net, X, y, { samples: 20, tolerance: 0.02 }).ok).toBe(true);
  });
});
