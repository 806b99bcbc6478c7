import { expect, test, vi } from 'vitest';
import { currentBackend } from '../../lib/backend/index.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { reluBackward, reluForward } from '../../lib/models/by-hand/activations.js';
import { affineBackward, affineForward, softmaxLoss } from '../../lib/models/by-hand/functional.js';

test('a loop over functions compiles each of their programs once', () => {
  const rng = new RandomState(3);
  const [w, b] = [rng.randn(7, 5), rng.randn(5)];
  const step = (rows: number) => {
    const affine = affineForward(rng.randn(rows, 7), w, b);
    const relu = reluForward(affine.out);
    const { dx } = softmaxLoss(relu.out, new Int32Array(rows));
    affineBackward(reluBackward(dx, relu.cache), affine.cache);
  };
  const compile = vi.spyOn(currentBackend(), 'compile');
  try {
    step(6);
    const first = compile.mock.calls.length;
    expect(first).toBeGreaterThan(0);
    // Fewer rows, as in the last batch of an epoch, need nothing new either.
    for (let i = 0; i < 10; i++) step(i % 2 === 0 ? 6 : 4);
    expect(compile).toHaveBeenCalledTimes(first);
  } finally {
    compile.mockRestore();
  }
});
