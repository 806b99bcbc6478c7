import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type CsvOptions, loadCsv } from '../../../lib/io/csv/csv.js';
import { fixture } from '../../fixtures/index.js';

interface Expected {
  readonly options: CsvOptions;
  readonly columns: readonly string[];
  readonly X: readonly (readonly number[])[];
  readonly y?: readonly number[];
  readonly classes?: readonly string[];
}

const tables = JSON.parse(readFileSync(fixture('pandas/expected.json'), 'utf8')) as Record<string, Expected>;

describe('loadCsv', () => {
  test.each(Object.entries(tables))('reads what pandas reads in its own %s', async (name, expected) => {
    const table = await loadCsv(fixture(`pandas/${name}`), expected.options);
    expect(table.columns).toEqual(expected.columns);
    const X = expected.X.map((row) => (expected.options.dtype === 'float64' ? row : row.map(Math.fround)));
    expect(table.X.toArray()).toEqual(X);
    expect(table.y && [...table.y]).toEqual(expected.y);
    // Ours are sorted by code units, as Python's.
    expect(table.classes).toEqual(expected.classes);
    expect(table.info.header).toBe(true);
  });

  test.each([
    ['decimal-comma.csv', { delimiter: ';', decimal: ',', encoding: 'utf-8' }],
    ['tabs.tsv', { delimiter: '\t', decimal: '.', encoding: 'utf-8' }],
    ['bars.csv', { delimiter: '|', decimal: '.', encoding: 'utf-8' }],
    ['utf-16.csv', { delimiter: ',', decimal: '.', encoding: 'utf-16le' }],
    ['utf-8-mark.csv', { delimiter: ',', decimal: '.', encoding: 'utf-8' }],
  ])('says what it took %s for', async (name, info) => {
    const table = await loadCsv(fixture(`pandas/${name}`), { labelColumn: 'fruit' });
    expect(table.info).toMatchObject(info);
  });
});
