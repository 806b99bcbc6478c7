import { describe, expect, it } from 'vitest';
import { ArgumentError, ShapeError } from '../../lib/core/errors.js';
import { Tensor, tensor, zeros } from '../../lib/core/tensors/tensor.js';
import { adam, rmsprop, sgd, sgdMomentum } from '../../lib/models/by-hand/update-functions.js';
import { expectClose, readOracle } from './oracle.js';

// The inputs and the expected arrays of cs231n's FullyConnectedNets.ipynb, as the assignment publishes them, to eight digits.
const linspace = (from: number, to: number) =>
  tensor(Array.from({ length: 20 }, (_, i) => from + ((to - from) * i) / 19)).reshape(4, 5);
const w = linspace(-0.4, 0.6);
const dw = linspace(-0.6, 0.4);

describe('cs231n’s FullyConnectedNets notebook', () => {
  it('has the weights and the velocity of sgdMomentum', () => {
    const { nextW, config } = sgdMomentum(w, dw, { learningRate: 1e-3, velocity: linspace(0.6, 0.9) });
    const expectedW = [
      [0.1406, 0.20738947, 0.27417895, 0.34096842, 0.40775789],
      [0.47454737, 0.54133684, 0.60812632, 0.67491579, 0.74170526],
      [0.80849474, 0.87528421, 0.94207368, 1.00886316, 1.07565263],
      [1.14244211, 1.20923158, 1.27602105, 1.34281053, 1.4096],
    ];
    const expectedVelocity = [
      [0.5406, 0.55475789, 0.56891579, 0.58307368, 0.59723158],
      [0.61138947, 0.62554737, 0.63970526, 0.65386316, 0.66802105],
      [0.68217895, 0.69633684, 0.71049474, 0.72465263, 0.73881053],
      [0.75296842, 0.76712632, 0.78128421, 0.79544211, 0.8096],
    ];
    expectClose(nextW, expectedW, 1e-8);
    expectClose(config.velocity, expectedVelocity, 1e-8);
    expect(config).toMatchObject({ learningRate: 1e-3, momentum: 0.9 });
  });

  it('has the weights and the cache of rmsprop', () => {
    const { nextW, config } = rmsprop(w, dw, { learningRate: 1e-2, cache: linspace(0.6, 0.9) });
    const expectedW = [
      [-0.39223849, -0.34037513, -0.28849239, -0.23659121, -0.18467247],
      [-0.132737, -0.08078555, -0.02881884, 0.02316247, 0.07515774],
      [0.12716641, 0.17918792, 0.23122175, 0.28326742, 0.33532447],
      [0.38739248, 0.43947102, 0.49155973, 0.54365823, 0.59576619],
    ];
    const expectedCache = [
      [0.5976, 0.6126277, 0.6277108, 0.64284931, 0.65804321],
      [0.67329252, 0.68859723, 0.70395734, 0.71937285, 0.73484377],
      [0.75037008, 0.7659518, 0.78158892, 0.79728144, 0.81302936],
      [0.82883269, 0.84469141, 0.86060554, 0.87657507, 0.8926],
    ];
    // The notebook: "You should see relative errors around e-7 or less".
    expectClose(nextW, expectedW, 1e-7);
    expectClose(config.cache, expectedCache, 1e-8);
    expect(config).toMatchObject({ learningRate: 1e-2, decayRate: 0.99, epsilon: 1e-8 });
  });

  it('has the weights and the moments of adam', () => {
    const given = { learningRate: 1e-2, m: linspace(0.6, 0.9), v: linspace(0.7, 0.5), t: 5 };
    const { nextW, config } = adam(w, dw, given);
    const expectedW = [
      [-0.40094747, -0.34836187, -0.29577703, -0.24319299, -0.19060977],
      [-0.1380274, -0.08544591, -0.03286534, 0.01971428, 0.0722929],
      [0.1248705, 0.17744702, 0.23002243, 0.28259667, 0.33516969],
      [0.38774145, 0.44031188, 0.49288093, 0.54544852, 0.59801459],
    ];
    const expectedV = [
      [0.69966, 0.68908382, 0.67851319, 0.66794809, 0.65738853],
      [0.64683452, 0.63628604, 0.6257431, 0.61520571, 0.60467385],
      [0.59414753, 0.58362676, 0.57311152, 0.56260183, 0.55209767],
      [0.54159906, 0.53110598, 0.52061845, 0.51013645, 0.49966],
    ];
    const expectedM = [
      [0.48, 0.49947368, 0.51894737, 0.53842105, 0.55789474],
      [0.57736842, 0.59684211, 0.61631579, 0.63578947, 0.65526316],
      [0.67473684, 0.69421053, 0.71368421, 0.73315789, 0.75263158],
      [0.77210526, 0.79157895, 0.81105263, 0.83052632, 0.85],
    ];
    expectClose(nextW, expectedW, 2e-7);
    expectClose(config.v, expectedV, 1e-8);
    expectClose(config.m, expectedM, 1e-8);
    expect(config).toMatchObject({ learningRate: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, t: 6 });
  });
});

interface Oracle {
  readonly w0: number[][];
  readonly grads: number[][][];
  readonly steps: Readonly<
    Record<string, { readonly config: Record<string, number>; readonly w: number[][][] }>
  >;
}

type Rule = (w: unknown, dw: unknown, config?: object) => { nextW: Tensor; config: object };
const rules = { sgd, sgdMomentum, rmsprop, adam } as unknown as Readonly<Record<string, Rule>>;
const oracle = readOracle<Oracle>('optimizers');

describe.each(Object.entries(rules))('%s', (name, rule) => {
  it('has the weights of ten steps in NumPy', () => {
    const { config: given, w: golden } = oracle.steps[name]!;
    let current: { nextW: Tensor; config: object } = { nextW: tensor(oracle.w0), config: given };
    for (const [step, expected] of golden.entries()) {
      current = rule(current.nextW, oracle.grads[step]!, current.config);
      expectClose(current.nextW, expected, 1e-12);
    }
  });

  it('has cs231n’s defaults', () => {
    const { learningRate } = rule([1], [1]).config as { learningRate: number };
    expect(learningRate).toBe(name === 'adam' ? 1e-3 : 1e-2);
    const { config } = oracle.steps[name]!;
    expect(rule(oracle.w0, oracle.grads[0]!).config).toMatchObject(config);
  });

  it('leaves what it is given as it is', () => {
    const given = { w: w.clone(), dw: dw.clone() };
    const first = rule(w, dw);
    const frozen = Object.freeze({ ...first.config });
    const before = JSON.stringify(frozen);
    const second = rule(w, dw, frozen);
    expect(JSON.stringify(frozen)).toBe(before);
    expect([w.toArray(), dw.toArray()]).toEqual([given.w.toArray(), given.dw.toArray()]);
    expect(second.config).not.toBe(frozen);
    expect(second.nextW.data.buffer).not.toBe(w.data.buffer);
  });

  it('takes w of any shape, strided too, in either dtype', () => {
    const flat = rule(w.reshape(20), dw.reshape(20));
    for (const shape of [[4, 5], [2, 2, 5], [2, 1, 5, 2], [20]]) {
      const { nextW } = rule(w.reshape(...shape), dw.reshape(...shape));
      expect(nextW.shape).toEqual(shape);
      expect([...nextW]).toEqual([...flat.nextW]);
    }
    expect(rule(w.T, dw.T).nextW.toArray()).toEqual(rule(w, dw).nextW.T.toArray());
    const single = {
      w: tensor(w, undefined, { dtype: 'float32' }),
      dw: tensor(dw, undefined, { dtype: 'float32' }),
    };
    const { nextW } = rule(single.w, single.dw);
    expect(nextW.dtype).toBe('float32');
    expectClose(nextW, rule(w, dw).nextW, 1e-6);
    expect(rule(tensor([3], []), tensor([1], [])).nextW.shape).toEqual([]);
    expect(rule(zeros([0, 3]), zeros([0, 3])).nextW.shape).toEqual([0, 3]);
  });

  it('refuses what does not fit', () => {
    expect(() => rule(w, dw.T)).toThrow(
      `${name}: expected dw to have shape (4, 5) but received shape (5, 4)`,
    );
    expect(() => rule(w, dw, { learningRate: -1 })).toThrow(ArgumentError);
    expect(() => rule(w, dw, { learningrate: 1 })).toThrow('did you mean learningRate?');
    expect(() => rule('w', dw)).toThrow(ArgumentError);
    for (const moment of ['velocity', 'cache', 'm', 'v']) {
      if (!(moment in rule(w, dw).config)) continue;
      expect(() => rule(w, dw, { [moment]: new Tensor(new Float64Array(20)) })).toThrow(ShapeError);
      expect(() => rule(w, dw, { [moment]: 'zeros' })).toThrow(`expected config.${moment} to be a tensor`);
    }
  });
});
