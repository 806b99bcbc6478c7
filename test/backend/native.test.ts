import { describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/backend/native.js';
import { allocate } from '../../lib/core/memory.js';
import { conformance } from './conformance.js';

conformance('native', loadNative);

describe('adviseHugePages', () => {
  const { adviseHugePages } = loadNative();

  it.each([0, 1, 4096, (4 << 20) + 17])('changes nothing in %d bytes', (length) => {
    const memory = allocate('uint8', length).fill(7);
    adviseHugePages(memory);
    expect(memory.every((byte) => byte === 7)).toBe(true);
  });

  it('refuses what is no Uint8Array', () => {
    for (const bad of [undefined, 3, [1], new Float32Array(4), new ArrayBuffer(8)]) {
      expect(() => adviseHugePages(bad as never)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^ERR_/) }),
      );
    }
  });
});
