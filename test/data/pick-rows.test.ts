import { afterAll, describe, expect, test } from 'vitest';
import { backendInfo, configure } from '../../lib/backend/index.js';
import { arrayTypes, type Dtype } from '../../lib/core/dtype.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { pickRows } from '../../lib/data/pick-rows.js';

describe('pickRows', () => {
  const dtypes = Object.keys(arrayTypes) as Dtype[];
  // Wide enough for the native core, or too narrow; rows that are whole words, or none; few, or many.
  const sizes = [
    [500, 784, 3000],
    [500, 785, 3000],
    [500, 4, 300_000],
    [20, 40, 10],
    [3, 100_000, 4],
  ] as const;

  const first = backendInfo().backend;
  const backends = [...new Set(['js', first] as const)];
  afterAll(() => void configure({ backend: first }));

  const cases = backends.flatMap((backend) =>
    dtypes.flatMap((dtype) => sizes.map((size) => [backend, dtype, ...size] as const)),
  );
  test.each(cases)(
    'on %s moves the bits of %s, of %i rows of %i to %i',
    (backend, dtype, count, width, picked) => {
      configure({ backend });
      const rng = new RandomState(3);
      const bytes = arrayTypes[dtype].BYTES_PER_ELEMENT;
      // From the second element on, and with some behind. The bits are of NaNs too, which no rounding has seen.
      const from = new arrayTypes[dtype](Math.ceil((count * width + 3) / 8) * 8);
      new Int32Array(from.buffer).set(rng.randint(2 ** 31, from.byteLength / 4).map((word) => word << 1));
      const part = from.subarray(1, 1 + count * width + 1);
      const order = rng.randint(count, picked);
      const rows = pickRows(part, width, order);
      expect(rows).toBeInstanceOf(arrayTypes[dtype]);
      expect(rows.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(rows.length).toBe(picked * width);
      const bitsOf = (array: typeof rows, start: number) =>
        Buffer.from(array.buffer as ArrayBuffer, array.byteOffset + start * bytes, width * bytes);
      for (let i = 0; i < picked; i += 1 + Math.floor(picked / 500)) {
        if (bitsOf(rows, i * width).equals(bitsOf(part, order[i]! * width))) continue;
        expect.fail(`row ${i} is not row ${order[i]}`);
      }
    },
  );
});
