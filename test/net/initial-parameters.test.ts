import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { Sequential } from '../../lib/models/sequential.js';
import { heUniform } from '../../lib/nn/initializers/scaled.js';
import {
  constantInit,
  fillOf,
  type Initializer,
  initializers,
  normal,
  truncatedNormal,
  uniform,
} from '../../lib/nn/initializers.js';
import { Linear } from '../../lib/nn/layers/linear.js';

// Layers of more weights than are drawn at a time, one of few rows that are very wide, and biases.
const sizes = [
  [700, 150],
  [150, 1],
  [1, 70_001],
  [70_001, 2],
] as const;

function begin(
  init: Initializer,
  options: { weightLayout: 'inOut' | 'outIn'; dtype: 'float32' | 'float64' },
) {
  const rng = new RandomState(5);
  const { weightLayout, dtype } = options;
  const layers = sizes.map(
    ([input, output]) => new Linear(input, output, { init, biasInit: init, weightLayout }),
  );
  return { net: new Sequential(layers, { rng, dtype }), rng };
}

/** The same numbers, by an initializer of which nobody knows how to draw it in parts. */
const written = (init: Initializer): Initializer => ({
  name: 'mine',
  draw: (rng, shape, fan) => init.draw(rng, shape, fan),
});

/** Bit for bit, and quickly. */
function expectSame(a: Tensor, b: Tensor): void {
  expect([a.dtype, a.shape]).toEqual([b.dtype, b.shape]);
  const [these, those] = [a, b].map((each) => Buffer.from(each.clone().data.buffer));
  expect(Buffer.compare(these!, those!)).toBe(0);
}

describe.each([
  // One that needs the whole of a parameter is never drawn in parts.
  ...Object.entries(initializers).filter(([, init]) => fillOf(init) !== undefined),
  ['normal(0.01)', normal(0.01)] as const,
  ['uniform(0.01)', uniform(0.01)] as const,
  ['uniform(-1, 2)', uniform(-1, 2)] as const,
  ['truncatedNormal(0.01)', truncatedNormal(0.01)] as const,
  ['constantInit(0.5)', constantInit(0.5)] as const,
  ['heUniform of fanOut', heUniform({ mode: 'fanOut' })] as const,
])('the initializer %s', (_name, init) => {
  it.each([
    { weightLayout: 'inOut', dtype: 'float64' },
    { weightLayout: 'inOut', dtype: 'float32' },
    { weightLayout: 'outIn', dtype: 'float64' },
    { weightLayout: 'outIn', dtype: 'float32' },
  ] as const)('draws the same numbers in parts as at once: %j', (options) => {
    const { net, rng } = begin(init, options);
    const whole = new RandomState(5);
    sizes.forEach(([input, output], i) => {
      const fan = { in: input, out: output };
      const [weights, biases] =
        options.weightLayout === 'inOut' ? [[input, output], [output]] : [[output, input], [output]];
      const W = new Tensor(init.draw(whole, weights!, fan), weights!);
      const b = new Tensor(init.draw(whole, biases!, fan), biases!);
      const inOrder = tensor(options.weightLayout === 'inOut' ? W : W.T, undefined, { dtype: options.dtype });
      expectSame(net.params[`W${i + 1}`]!, inOrder);
      expectSame(net.params[`b${i + 1}`]!, tensor(b, undefined, { dtype: options.dtype }));
    });
    expect(rng.getState()).toEqual(whole.getState());
  });

  it('draws what an initializer of one’s own draws with it', () => {
    const options = { weightLayout: 'inOut', dtype: 'float32' } as const;
    const ours = begin(init, options);
    const theirs = begin(written(init), options);
    for (const [name, value] of Object.entries(ours.net.params)) {
      expectSame(theirs.net.params[name]!, value);
    }
    expect(theirs.rng.getState()).toEqual(ours.rng.getState());
  });
});

describe('values assigned to parameters', () => {
  const make = (dtype: 'float32' | 'float64') =>
    new Sequential([new Linear(40, 40), new Linear(40, 40)], { seed: 1, dtype });

  it.each(['float32', 'float64'] as const)('may be views of the same memory, %s', (dtype) => {
    const net = make(dtype);
    const params = net.params as Record<string, unknown>;
    const [W1, W2] = [net.params.W1, net.params.W2].map((W) => W!.clone());
    params.W1 = net.params.W1!.T;
    expect(net.params.W1!.toArray()).toEqual(W1!.T.toArray());
    const { data, strides, offset } = net.params.W1!;
    params.W1 = new Tensor(data, [40, 40], [-strides[0]!, strides[1]!], offset + 39 * strides[0]!);
    expect(net.params.W1!.toArray()).toEqual((W1!.T.toArray() as number[][]).toReversed());
    params.W2 = net.params.W2!.T.T;
    expect(net.params.W2!.toArray()).toEqual(W2!.toArray());
    const shifted = new Tensor(data, [40, 40], [1, 40], offset + 1);
    const expected = shifted.toArray();
    params.W1 = shifted;
    expect(net.params.W1!.toArray()).toEqual(expected);
  });

  it('are converted to the dtype of the net, however they are strided', () => {
    const net = make('float32');
    const params = net.params as Record<string, unknown>;
    const values = new RandomState(2).randn(40, 40);
    for (const value of [values, values.T]) {
      params.W1 = value;
      expect([...net.params.W1]).toEqual([...value].map(Math.fround));
    }
  });

  it.each([false, true])('whose memory was transferred are refused, strided: %s', (strided) => {
    const net = make('float32');
    const before = net.params.W1!.clone();
    const made = tensor(new Float32Array(1600), [40, 40]);
    const value = strided ? made.T : made;
    structuredClone(value.data.buffer, { transfer: [value.data.buffer as ArrayBuffer] });
    const params = net.params as Record<string, unknown>;
    expect(() => {
      params.W1 = value;
    }).toThrow('params.W1: the memory of this tensor is gone');
    expect(() => net.restoreParams({ ...net.params, W2: value })).toThrow('memory of this tensor is gone');
    expectSame(net.params.W1!, before);
  });
});
