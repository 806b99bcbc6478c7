import { expect, test } from 'vitest';
import * as gemmnet from '../../lib/index.js';
import { lazyNames } from '../../scripts/lazy-exports.js';

test.each(lazyNames)(
  '%s, which the package loads when it is called, answers by a promise alone',
  async (name) => {
    const call = (gemmnet as unknown as Record<string, () => unknown>)[name]!;
    const answer = call();
    expect(answer).toBeInstanceOf(Promise);
    await expect(answer).rejects.toBeInstanceOf(gemmnet.GemmnetError);
  },
);
