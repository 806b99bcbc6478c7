import { existsSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { currentBackend } from '../../lib/backend/index.js';
import { loadNative } from '../../lib/backend/native.js';
import { allocate } from '../../lib/core/memory.js';
import { testAgreementOfUpdates } from './agreement.js';
import { testExtremeValues } from './conformance/extreme-values.js';
import { testRounding } from './conformance/ops.js';
import { testSpecialValues } from './conformance/special-values.js';
import { conformance } from './conformance.js';

conformance('native', loadNative);

describe('values far from 1, on every instruction set', () => {
  const native = loadNative();
  const { isa: usual, isas } = native.info();
  afterAll(() => native.configure({ isa: usual }));

  describe.each(isas)('%s', (isa) => {
    const backend = () => {
      native.configure({ isa });
      return native;
    };
    describe('updates', () => testAgreementOfUpdates(backend));
    // On the usual one the whole suite has run already.
    if (isa === usual) return;
    describe('results rounded to float32', () => testRounding(backend));
    describe('NaN and infinity', () => testSpecialValues(backend));
    describe('extreme values', () => testExtremeValues(backend));
  });
});

describe('adviseHugePages', () => {
  const { adviseHugePages } = loadNative();

  it.each([0, 1, 4096, (4 << 20) + 17])('changes nothing in %d bytes', (length) => {
    const memory = allocate('uint8', length).fill(7);
    adviseHugePages(memory);
    expect(memory.every((byte) => byte === 7)).toBe(true);
  });

  it('is what allocate does for large arrays', ({ skip }) => {
    if (!existsSync('/sys/kernel/mm/transparent_hugepage')) skip('the system has no transparent huge pages');
    // The system notes the advice in the flags of the mapping.
    const advisedBytes = () => {
      const mappings = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
      const advised = mappings.filter((mapping) => /^VmFlags:.* hg\b/m.test(mapping));
      return advised.reduce((sum, mapping) => sum + 1024 * Number(/^Size: +(\d+) kB/m.exec(mapping)?.[1]), 0);
    };
    currentBackend();
    const before = advisedBytes();
    const array = allocate('float32', 16 << 20);
    // The collector may have let go of some other array meanwhile.
    expect(advisedBytes()).toBeGreaterThan(before + array.byteLength / 2);
    expect(array[0]).toBe(0);
  });

  it('refuses what is no Uint8Array', () => {
    for (const bad of [undefined, 3, [1], new Float32Array(4), new ArrayBuffer(8)]) {
      expect(() => adviseHugePages(bad as never)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^ERR_/) }),
      );
    }
  });
});
