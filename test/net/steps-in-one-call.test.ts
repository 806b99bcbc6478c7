import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { type UpdateRuleName, updateRules } from '../../lib/optim/update-rules.js';

// A backend may update parameters while it makes their gradients, as long as more steps follow; nobody must notice.

const numRows = 300;

interface Shape {
  readonly inputDim: number;
  readonly hiddenDims: readonly number[];
  readonly batchSize: number;
}

/** Products that are shallow and deep, wide and narrow, whole in registers and ragged, of a single element. */
const shapes: readonly Shape[] = [
  { inputDim: 37, hiddenDims: [21, 9], batchSize: 5 },
  { inputDim: 64, hiddenDims: [50], batchSize: 270 },
  { inputDim: 784, hiddenDims: [33], batchSize: 4 },
  { inputDim: 100, hiddenDims: [120, 20], batchSize: 290 },
  { inputDim: 1, hiddenDims: [1], batchSize: 40 },
  // Gradients whose sums are cut into parts.
  { inputDim: 5, hiddenDims: [3], batchSize: 4500 },
];

async function train(
  { inputDim, hiddenDims, batchSize }: Shape,
  name: UpdateRuleName,
  dtype: 'float32' | 'float64',
  reg: number,
  weightDecay: number,
  stepsPerCall: number,
): Promise<string> {
  const rng = new RandomState(4);
  const X = rng.randn(numRows, inputDim);
  const y = rng.randint(10, numRows);
  const net = new FullyConnectedNet({
    inputDim,
    hiddenDims,
    numClasses: 10,
    seed: 1,
    reg,
    dtype,
    init: 'he',
  });
  const rule = { name, config: { weightDecay } };
  const run = net.startTraining({ X, y, rule, batchSize });
  const rows = rng.randint(numRows, 6 * batchSize);
  for (let at = 0; at < rows.length; at += stepsPerCall * batchSize) {
    await run.steps(rows.slice(at, at + stepsPerCall * batchSize), 1e-2);
  }
  run.end();
  const numbers = [...Object.values(net.params), ...Object.values(net.grads)].flatMap((one) => [...one]);
  return Buffer.from(Float64Array.from(numbers).buffer).toString('base64');
}

describe.each(['float32', 'float64'] as const)('%s: six steps in one call are six calls of one', (dtype) => {
  const rules = Object.keys(updateRules) as UpdateRuleName[];
  const cases = shapes.flatMap((shape) => rules.map((rule) => ({ ...shape, rule })));
  it.each(cases)('$inputDim-$hiddenDims batch $batchSize $rule', async ({ rule, ...shape }) => {
    for (const reg of [0, 0.1])
      for (const weightDecay of [0, 0.01]) {
        const together = await train(shape, rule, dtype, reg, weightDecay, 6);
        expect(together).toBe(await train(shape, rule, dtype, reg, weightDecay, 1));
      }
  });
});
