import process from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { backendInfo, configure } from '../../lib/backend/index.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { Sequential } from '../../lib/models/sequential.js';
import { Sigmoid } from '../../lib/nn/layers/activations/sigmoid.js';
import { Softmax } from '../../lib/nn/layers/activations/softmax.js';
import { Tanh } from '../../lib/nn/layers/activations/tanh.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import type { UpdateRuleName } from '../../lib/optim/update-rules.js';

const native = process.env.GEMMNET_BACKEND !== 'js';
const original = backendInfo();
afterEach(() => {
  if (native) configure({ isa: original.isa, threads: original.threads });
});

const rng = new RandomState(12);
const X = { data: Uint8Array.from(rng.randint(256, 300 * 70)), shape: [300, 70] };
const y = rng.randint(10, 300);

const nets = {
  'relu, wide': (dtype: 'float32' | 'float64') =>
    new FullyConnectedNet({
      inputDim: 70,
      hiddenDims: [130, 33],
      numClasses: 10,
      weightScale: 0.01,
      reg: 0.1,
      dtype,
      seed: 0,
    }),
  'tanh and sigmoid': (dtype: 'float32' | 'float64') =>
    new Sequential(
      [
        new Linear(70, 41, { init: normalized }),
        new Tanh(),
        new Linear(41, 29, { init: 'xavier' }),
        new Sigmoid(),
        new Linear(29, 10, { init: 'xavier' }),
        new Softmax(),
      ],
      { dtype, seed: 1 },
    ),
} as const;

/** Small enough for raw pixels not to saturate the tanh. */
const normalized = {
  name: 'small',
  draw: (from: RandomState, shape: readonly number[]) =>
    Float64Array.from(from.randn(...shape), (z) => z / 2000),
};

/** Losses and parameters of a whole training, as bytes. */
async function train(
  make: (dtype: 'float32' | 'float64') => FullyConnectedNet | Sequential,
  dtype: 'float32' | 'float64',
  name: UpdateRuleName,
  batchSize: number,
): Promise<string> {
  const net = make(dtype);
  const run = net.startTraining({ X, y, rule: { name }, batchSize });
  const indices = new RandomState(3).choice(300, 25 * batchSize);
  const { losses, reason } = await run.steps(indices, 1e-3);
  run.end();
  expect(reason).toBe('finished');
  const params = Object.values(net.params).flatMap((param) => [...param]);
  return Buffer.from(Float64Array.of(...losses, ...params).buffer).toString('base64');
}

const cases = (Object.keys(nets) as (keyof typeof nets)[]).flatMap((net) =>
  (['float32', 'float64'] as const).flatMap((dtype) =>
    ([4, 8, 64, 200] as const).map((batchSize, i) => {
      const rule = (['sgd', 'sgdMomentum', 'adam', 'rmsprop'] as const)[i]!;
      return { net, dtype, batchSize, rule };
    }),
  ),
);

describe.each(cases)(
  'a training: $net, $dtype, batch $batchSize, $rule',
  ({ net, dtype, batchSize, rule }) => {
    it('is the same, bit by bit, when it is repeated', async () => {
      expect(await train(nets[net], dtype, rule, batchSize)).toBe(
        await train(nets[net], dtype, rule, batchSize),
      );
    });

    it('is the same, bit by bit, with AVX2 and AVX-512, and with 1 and 2 threads', async (ctx) => {
      if (!native) ctx.skip('instruction sets and threads are the native backend’s');
      const isas = original.isas.filter((isa) => isa === 'avx2' || isa === 'avx512');
      const settings = (isas.length > 0 ? isas : [original.isa]).flatMap((isa) =>
        [1, 2].map((threads) => ({ isa, threads })),
      );
      const results = new Map<string, string>();
      for (const setting of settings) {
        configure(setting);
        expect(backendInfo()).toMatchObject(setting);
        results.set(`${setting.isa} ${setting.threads}`, await train(nets[net], dtype, rule, batchSize));
      }
      const [first] = results.values();
      for (const [setting, result] of results)
        expect({ setting, same: result === first }).toEqual({ setting, same: true });
    });
  },
);
