import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FormatError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type Tensor, tensor, zeros } from '../../lib/core/tensors/tensor.js';
import { SoftmaxCrossEntropyLoss } from '../../lib/models/by-hand/criteria.js';
import { SGD } from '../../lib/models/by-hand/optimizers/index.js';
import { Sequential } from '../../lib/models/sequential.js';
import { CustomLayer, type CustomParameter } from '../../lib/nn/custom-layer.js';
import { ReLU } from '../../lib/nn/layers/activations/relu.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { gradCheck } from '../../lib/train/gradient-check.js';
import { relError } from '../../lib/train/numerical-gradient.js';
import { Solver } from '../../lib/train/solver.js';

/** y = gain · x, a gain for each feature. */
class Scale extends CustomLayer {
  calls = 0;
  #x: Tensor | undefined;

  override parameters(inputSize: number): Record<string, CustomParameter> {
    return { gain: { shape: [inputSize], init: 'ones', regularized: true } };
  }

  override forward(x: Tensor): Tensor {
    this.calls++;
    this.#x = x;
    const { gain } = this.params;
    return tensor((x.toArray() as number[][]).map((row) => row.map((value, j) => value * gain!.get(j))));
  }

  override backward(dout: Tensor): Tensor {
    const x = this.#x!;
    const { gain } = this.params;
    const dgain = this.grads.gain!;
    const dx = zeros(x.shape);
    for (let i = 0; i < x.shape[0]!; i++) {
      for (let j = 0; j < x.shape[1]!; j++) {
        dx.set(i, j, dout.get(i, j) * gain!.get(j));
        dgain.set(j, dgain.get(j) + dout.get(i, j) * x.get(i, j));
      }
    }
    return dx;
  }
}

/** (N, D) → (N, D/2): the sum of neighbours. */
class SumPairs extends CustomLayer {
  override outputSize(inputSize: number): number {
    return inputSize / 2;
  }

  override forward(x: Tensor): Tensor {
    const rows = x.toArray() as number[][];
    return tensor(
      rows.map((row) => Array.from({ length: row.length / 2 }, (_, j) => row[2 * j]! + row[2 * j + 1]!)),
    );
  }

  override backward(dout: Tensor): Tensor {
    return tensor((dout.toArray() as number[][]).map((row) => row.flatMap((value) => [value, value])));
  }
}

const rng = new RandomState(3);
const X = rng.randn(12, 4);
const y = rng.randint(3, 12);

function netWithScale(dtype: 'float64' | 'float32' = 'float64'): { net: Sequential; scale: Scale } {
  const scale = new Scale();
  const net = new Sequential(
    [new Linear(4, 6, { init: 'xavier' }), scale, new ReLU(), new Linear(6, 3, { init: 'xavier' })],
    { seed: 1, dtype, reg: 0.05 },
  );
  return { net, scale };
}

describe('a layer written in JavaScript', () => {
  it('passes the gradient check, its own parameters included', () => {
    const { net } = netWithScale();
    expect(Object.keys(net.params)).toEqual(['W1', 'b1', 'gain1', 'W2', 'b2']);
    expect([...net.params.gain1!]).toEqual([1, 1, 1, 1, 1, 1]);
    const table = gradCheck(net, X, y);
    expect(table.rows.map(({ name }) => name)).toContain('gain1');
    expect(table.maxRelError).toBeLessThan(1e-7);
  });

  it('may change the number of features', () => {
    const net = new Sequential([new SumPairs(), new Linear(2, 3, { init: 'xavier' })], {
      inputSize: 4,
      seed: 1,
      dtype: 'float64',
    });
    expect(net.loss(X).shape).toEqual([12, 3]);
    expect(gradCheck(net, X, y).maxRelError).toBeLessThan(1e-7);
  });

  it('accumulates the gradients of its parameters from backward to backward', () => {
    const { net } = netWithScale();
    const criterion = new SoftmaxCrossEntropyLoss();
    const pass = () => {
      criterion.forward(net.forward(X), y);
      net.backward(criterion.backward());
      return net.grads.map((grad) => grad.clone());
    };
    const once = pass();
    const twice = pass();
    for (const [i, grad] of twice.entries()) {
      expect(
        relError(
          grad,
          tensor(
            [...once[i]!].map((g) => 2 * g),
            once[i]!.shape,
          ),
        ),
      ).toBeLessThan(1e-12);
    }
    net.zeroGrad();
    expect(net.grads.every((grad) => [...grad].every((g) => g === 0))).toBe(true);
    for (const [i, grad] of pass().entries()) expect(relError(grad, once[i]!)).toBeLessThan(1e-12);
  });

  it('computes its forward pass again when something else came between', () => {
    const { net, scale } = netWithScale();
    const criterion = new SoftmaxCrossEntropyLoss();
    criterion.forward(net.forward(X), y);
    net.backward(criterion.backward());
    const expected = net.grads.map((grad) => grad.clone());
    net.zeroGrad();
    criterion.forward(net.forward(X), y);
    const before = scale.calls;
    net.predict(rng.randn(5, 4));
    net.backward(criterion.backward());
    expect(scale.calls).toBe(before + 2);
    for (const [i, grad] of net.grads.entries()) expect(relError(grad, expected[i]!)).toBe(0);
  });

  it.each(['float64', 'float32'] as const)('trains under a Solver and in a loop alike, %s', async (dtype) => {
    const { net } = netWithScale(dtype);
    const solver = new Solver(
      net,
      { XTrain: X, yTrain: y },
      {
        numEpochs: 20,
        batchSize: 12,
        sampling: 'permutation',
        optimConfig: { learningRate: 0.3 },
        reg: 0,
        verbose: false,
      },
    );
    const { lossHistory } = await solver.train();
    expect(lossHistory).toHaveLength(20);

    const { net: other } = netWithScale(dtype);
    const criterion = new SoftmaxCrossEntropyLoss();
    const optimizer = new SGD(other, { lr: 0.3 });
    for (const loss of lossHistory) {
      optimizer.zeroGrad();
      expect(criterion.forward(other.forward(X), y)).toBeCloseTo(loss, dtype === 'float64' ? 10 : 4);
      other.backward(criterion.backward());
      optimizer.step();
    }
    expect(lossHistory.at(-1)).toBeLessThan(lossHistory[0]!);
    expect([...net.params.gain1!].some((gain) => gain !== 1)).toBe(true);
  });

  it('may throw, and leaves the model free and its parameters as they are', async () => {
    class Moody extends Scale {
      override forward(x: Tensor): Tensor {
        if (this.calls >= 3) throw new RangeError('not today');
        return super.forward(x);
      }
    }
    const net = new Sequential([new Linear(4, 3), new Moody()], { seed: 1 });
    const run = net.startTraining({ X, y, rule: { name: 'sgd' }, batchSize: 2 });
    await expect(run.steps(new Int32Array(20), 0.1)).rejects.toThrow('not today');
    run.end();
    expect(() => net.predict(X)).toThrow('not today');
    expect([...net.params.W1!].every(Number.isFinite)).toBe(true);
  });

  it('is told when its results have the wrong shape', () => {
    class Wrong extends SumPairs {
      override outputSize(inputSize: number): number {
        return inputSize;
      }
    }
    const net = new Sequential([new Wrong()], { inputSize: 4 });
    expect(() => net.predict(X)).toThrow(ShapeError);
    expect(() => net.predict(X)).toThrow('Wrong.forward: expected its result to have shape (12, 4)');
  });

  it('is told when what it says of itself makes no sense', () => {
    class Odd extends Scale {
      override parameters(): Record<string, CustomParameter> {
        return { gain: { shape: [0] } };
      }
    }
    expect(() => new Sequential([new Odd()], { inputSize: 4 })).toThrow(
      'Odd.parameters: expected gain.shape',
    );
    expect(() => new Sequential([new SumPairs()], { inputSize: 3 })).toThrow(ShapeError);
    class Many extends Scale {
      override parameters(): Record<string, CustomParameter> {
        return { W: { shape: [2] }, gain: { shape: [2], init: 'one' as never } };
      }
    }
    expect(() => new Sequential([new Many()], { inputSize: 4 })).toThrow('init');
  });

  it('comes back from a file by its class', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gemmnet-'));
    try {
      const { net } = netWithScale();
      (net.params as Record<string, unknown>).gain1 = [1, 2, 3, 4, 5, 6];
      const path = join(folder, 'model.safetensors');
      await net.save(path);
      await expect(Sequential.load(path)).rejects.toThrow(FormatError);
      await expect(Sequential.load(path)).rejects.toThrow(
        'expected the class of layer Scale in the option layers',
      );
      const loaded = await Sequential.load(path, { layers: { Scale } });
      expect([...loaded.loss(X)]).toEqual([...net.loss(X)]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
