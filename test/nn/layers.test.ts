import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { Sequential } from '../../lib/models/sequential.js';
import { lowerPasses } from '../../lib/net/lowering.js';
import { makeNetwork } from '../../lib/net/network.js';
import { fanIn, he, normal, ones, torch, uniform, xavier, zeros } from '../../lib/nn/initializers.js';
import type { LayerClass } from '../../lib/nn/layer.js';
import { layers } from '../../lib/nn/layers/index.js';
import { Linear, type LinearOptions } from '../../lib/nn/layers/linear.js';
import { lossNames, lossOf } from '../../lib/nn/losses/index.js';
import { ProgramBuilder } from '../../lib/ops/builder.js';

const kinds = Object.keys(layers) as (keyof typeof layers)[];

/** An example of each kind, and of the rows that it takes. */
const exampleOf = (kind: (typeof kinds)[number]) => {
  const { example, exampleShape = [6] }: LayerClass = layers[kind];
  return { layer: example(6), shape: exampleShape };
};

describe.each(kinds)('the layer %s', (kind) => {
  it('is listed under its kind and comes back from its config', () => {
    const { layer, shape } = exampleOf(kind);
    expect(layer.kind).toBe(kind);
    const net = new Sequential([layer], { inputShape: shape });
    const again = Sequential.fromConfig(JSON.parse(JSON.stringify(net.config())));
    expect(again.network.layers.map((each) => each.layer.kind)).toEqual(
      net.network.layers.map((each) => each.layer.kind),
    );
    expect(again.config()).toEqual(net.config());
    const shapes = ({ network: { layers: of } }: Sequential) =>
      of.map(({ outputShape, parameters, states }) => ({
        outputShape,
        parameters: parameters.map(({ name, spec }) => ({ name, shape: spec.shape })),
        states: states.map(({ name, spec }) => ({ name, size: spec.size })),
      }));
    expect(shapes(again)).toEqual(shapes(net));
  });

  it('emits no gradient of the input that nobody wants', () => {
    const { layer, shape } = exampleOf(kind);
    const network = makeNetwork('test', [layer], shape, 'float64');
    const emitted = (inputGradient: boolean) => {
      const program = lowerPasses(network, 'train', inputGradient, 'float64').build({ capacity: 2 });
      const dx = program.buffers.find(({ name }) => name === 'dx');
      expect(dx === undefined).toBe(!inputGradient);
      if (dx !== undefined) expect(dx.length).toBe(2 * shape.reduce((product, size) => product * size, 1));
      return program.instructions.length;
    };
    expect(emitted(false)).toBeLessThan(emitted(true));
  });
});

describe.each(lossNames)('the loss %s', (name) => {
  const loss = lossOf('test: loss', name);

  it('emits a value a row and a gradient of the shape of the scores', () => {
    const builder = new ProgramBuilder('float32');
    const scores = builder.external('scores', 'batch', 5);
    const target =
      loss.target === 'labels'
        ? builder.external('labels', 'batch', 1, 'int32')
        : builder.external('targets', 'batch', 5);
    const { losses: perRow, dscores } = loss.emit(builder, scores, target);
    expect([perRow.rows, perRow.cols]).toEqual(['batch', 1]);
    expect([dscores.rows, dscores.cols]).toEqual(['batch', 5]);
  });
});

describe('the initializers', () => {
  const fan = { in: 50, out: 30 };
  const draw = (initializer: typeof he) => initializer.draw(new RandomState(0), [50, 30], fan);
  const randn = [...new RandomState(0).randn(50, 30)];
  const rand = [...new RandomState(0).rand(50, 30)];

  it('are those of the courses, number for number', () => {
    expect([...draw(normal(1e-4))]).toEqual(randn.map((z) => 1e-4 * z));
    expect([...draw(uniform(1e-4))]).toEqual(rand.map((u) => u * 1e-4));
    expect([...draw(fanIn)]).toEqual(randn.map((z) => z / Math.sqrt(50)));
    expect([...draw(he)]).toEqual(randn.map((z) => z * Math.sqrt(2 / 50)));
    expect([...draw(xavier)]).toEqual(randn.map((z) => z * Math.sqrt(2 / 80)));
    expect([...draw(torch)]).toEqual(rand.map((u) => (2 * u - 1) / Math.sqrt(50)));
  });

  it('zeros and ones draw nothing from the stream', () => {
    const rng = new RandomState(0);
    expect([...zeros.draw(rng, [2, 2], fan)]).toEqual([0, 0, 0, 0]);
    expect([...ones.draw(rng, [3], fan)]).toEqual([1, 1, 1]);
    expect(rng.randn()).toBe(randn[0]);
  });
});

describe('the parameters of Linear', () => {
  const begin = (options?: LinearOptions) => {
    const net = new Sequential([new Linear(50, 30, options), new Linear(30, 4, options)], {
      seed: 0,
      dtype: 'float64',
    });
    return Object.values(net.params).map((param) => [...param]);
  };
  const within = (bound: number) => (values: readonly number[]) =>
    values.every((value) => Math.abs(value) <= bound);

  it('begin as PyTorch’s by default: W and then b, layer by layer, uniform in ±1/√in', () => {
    const drawn = begin();
    const rand = [...new RandomState(0).rand(50 * 30 + 30 + 30 * 4 + 4)];
    const scaled = rand.map((u, i) => (2 * u - 1) / Math.sqrt(i < 50 * 30 + 30 ? 50 : 30));
    expect(drawn.flat()).toEqual(scaled);
    for (const [i, values] of drawn.entries()) {
      const bound = 1 / Math.sqrt(i < 2 ? 50 : 30);
      expect(values).toSatisfy(within(bound));
      if (values.length < 30) continue;
      expect(Math.min(...values)).toBeLessThan(-0.4 * bound);
      expect(Math.max(...values)).toBeGreaterThan(0.4 * bound);
    }
    expect(begin({ init: 'torch' })).toEqual(drawn);
  });

  it('have the values of their neighbours in the stream whatever the order in which W is drawn', () => {
    const [W, b] = begin({ weightLayout: 'outIn' });
    const rand = [...new RandomState(0).rand(50 * 30 + 30)].map((u) => (2 * u - 1) / Math.sqrt(50));
    expect(W).toEqual(Array.from({ length: 50 * 30 }, (_, i) => rand[(i % 30) * 50 + Math.floor(i / 30)]));
    expect(b).toEqual(rand.slice(50 * 30));
  });

  it('begin as they are asked to, biases as zeros unless they are asked for', () => {
    const [W, b] = begin({ init: 'he' });
    expect(W).toEqual([...new RandomState(0).randn(50, 30)].map((z) => z * Math.sqrt(2 / 50)));
    expect(b).toEqual(new Array(30).fill(0));
    const [, ece285] = begin({ init: uniform(1e-4), biasInit: uniform(1e-4) });
    expect(ece285).toEqual([...new RandomState(0).rand(50 * 30 + 30)].slice(50 * 30).map((u) => u * 1e-4));
    const [, alone] = begin({ init: zeros, biasInit: 'torch' });
    expect(alone).toSatisfy(within(1 / Math.sqrt(50)));
  });
});
