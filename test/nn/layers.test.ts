import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random-state.js';
import { fanIn, he, normal, ones, uniform, xavier, zeros } from '../../lib/nn/initializers.js';
import { storedShape } from '../../lib/nn/layer.js';
import { layers } from '../../lib/nn/layers/index.js';
import { losses } from '../../lib/nn/losses.js';
import { ProgramBuilder } from '../../lib/ops/builder.js';

const kinds = Object.keys(layers) as (keyof typeof layers)[];

describe.each(kinds)('the layer %s', (kind) => {
  it('is listed under its kind and comes back from its config', () => {
    const layer = layers[kind].example(6);
    expect(layer.kind).toBe(kind);
    const again = layers[kind].fromConfig(JSON.parse(JSON.stringify(layer.config())));
    expect(again.kind).toBe(kind);
    expect(again.outputSize(6)).toBe(layer.outputSize(6));
    const shapes = (of: typeof layer) => of.parameters(6).map(({ name, shape }) => ({ name, shape }));
    expect(shapes(again)).toEqual(shapes(layer));
  });

  it('emits no gradient of the input that nobody wants', () => {
    const layer = layers[kind].example(6);
    const emitted = (inputGradient: boolean) => {
      const builder = new ProgramBuilder('float64');
      const x = builder.external('x', 'batch', 6);
      const parameters = layer.parameters(6).map(({ shape, layout }, i) => {
        const [rows, cols] = storedShape(shape, layout);
        const slot = builder.external(`parameter${i}`, rows, cols);
        return { slot, gradient: builder.external(`gradient${i}`, rows, cols), layout };
      });
      const y = layer.forward(builder, x, parameters);
      expect([y.rows, y.cols]).toEqual(['batch', layer.outputSize(6)]);
      const dy = builder.external('dy', 'batch', y.cols);
      const dx = layer.backward(builder, dy, { x, y, parameters }, { beta: 0, inputGradient });
      expect(dx === undefined).toBe(!inputGradient);
      if (dx !== undefined) expect([dx.rows, dx.cols]).toEqual(['batch', 6]);
      return builder.build({ capacity: 2 }).instructions.length;
    };
    expect(emitted(false)).toBeLessThan(emitted(true));
  });
});

describe.each(Object.entries(losses))('the loss %s', (_name, loss) => {
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
  });

  it('zeros and ones draw nothing from the stream', () => {
    const rng = new RandomState(0);
    expect([...zeros.draw(rng, [2, 2], fan)]).toEqual([0, 0, 0, 0]);
    expect([...ones.draw(rng, [3], fan)]).toEqual([1, 1, 1]);
    expect(rng.randn()).toBe(randn[0]);
  });
});
