// Beside trains.spec.js, and not to be disturbed by it.
import { loadDigits, pca } from 'gemmnet';
import { expect, test } from 'vitest';

test('finds components', async () => {
  const { components } = await pca(loadDigits().XTrain, { numComponents: 2 });
  expect(components.shape).toEqual([2, 64]);
});
