import { afterEach, describe, expect, test } from 'vitest';
import { rowCutter, setRowCutter } from '../../lib/core/text-rows.js';
import { loadCsv } from '../../lib/io/csv/csv.js';

describe('setRowCutter', () => {
  afterEach(() => setRowCutter(undefined));

  test('says who cuts rows', () => {
    expect(rowCutter()).toBeUndefined();
    const cutter = () => 0;
    setRowCutter(() => cutter);
    expect(rowCutter()).toBe(cutter);
    setRowCutter(() => undefined);
    expect(rowCutter()).toBeUndefined();
  });

  test('loadCsv asks behind the first piece of a file, less and less often where no row is plain', async () => {
    const asked: number[] = [];
    setRowCutter(() => (_text, start) => {
      asked.push(start);
      return 0;
    });
    const rows = (count: number) => Buffer.from(`a,b\n${'1,2\n'.repeat(count)}`);
    await loadCsv(rows(1000));
    expect(asked).toEqual([]);
    const { X } = await loadCsv(rows(40_000));
    expect(X.shape).toEqual([40_000, 2]);
    expect(asked.length).toBeGreaterThan(300);
    expect(asked.length).toBeLessThan(1500);
  });
});
