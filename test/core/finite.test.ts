import { expect, test } from 'vitest';
import { arrayTypes } from '../../lib/core/dtype.js';
import { firstNonFinite } from '../../lib/core/tensors/finite.js';

test.each(['float32', 'float64'] as const)(
  'firstNonFinite finds the first, wherever it stands: %s',
  (dtype) => {
    for (let length = 0; length < 14; length++) {
      const values = new arrayTypes[dtype](length).map((_, i) =>
        i % 3 === 0 ? -0 : dtype === 'float32' ? 3e38 : -1.7e308,
      );
      expect(firstNonFinite(values)).toBe(-1);
      for (let at = 0; at < length; at++) {
        for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          const copy = values.slice();
          copy[length - 1] = bad;
          copy[at] = bad;
          expect(firstNonFinite(copy)).toBe(at);
        }
      }
    }
    expect(firstNonFinite(new Int32Array(9).fill(7))).toBe(-1);
  },
);
