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

describe('cutRows', () => {
  const { cutRows } = loadNative();
  const text = new TextEncoder().encode('1,2\n3,4\n');
  const meanings = new Uint8Array(256);
  [meanings[0x2c], meanings[0x0a]] = [1, 2];
  const arrays = () =>
    [new Int32Array(4), new Int32Array(4), new Float64Array(4), new Int32Array(6)] as const;

  it('cuts cells and reads numbers', () => {
    const [starts, ends, numbers, rows] = arrays();
    expect(cutRows(text, 0, 8, meanings, 0x2e, 2, starts, ends, numbers, rows)).toBe(2);
    expect([...starts, ...ends, ...numbers, ...rows]).toEqual([
      ...[0, 2, 4, 6, 1, 3, 5, 7, 1, 2, 3, 4],
      ...[2, 0, 4, 4, 1, 8],
    ]);
  });

  it.each<[string, number, unknown]>([
    ['text that is shorter than its end', 2, 9],
    ['a start behind the end', 1, 9],
    ['a place that is none', 1, -1],
    ['no text', 0, 'text'],
    ['text of another type', 0, new Float32Array(8)],
    ['too few meanings', 3, new Uint8Array(255)],
    ['a point that is no byte', 4, 257],
    ['columns that are no number', 5, Number.NaN],
    ['fewer ends than starts', 7, new Int32Array(3)],
    ['fewer numbers than starts', 8, new Float64Array(3)],
    ['numbers of another type', 8, new Float32Array(4)],
    ['rows of another type', 9, undefined],
  ])('refuses %s', (_, place, bad) => {
    const of: unknown[] = [text, 0, 8, meanings, 0x2e, 2, ...arrays()];
    of[place] = bad;
    expect(() => Reflect.apply(cutRows, undefined, of)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^ERR_/) }),
    );
  });
});
