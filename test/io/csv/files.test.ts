import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError } from '../../../lib/core/errors.js';
import { type CsvOptions, loadCsv } from '../../../lib/io/csv/csv.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { zip } from '../zip-bytes.js';
import { lines, read } from './read.js';

describe('loadCsv', () => {
  test('reads paths and URLs, tabs by the name, gzip', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'x.tsv');
    await writeFile(path, 'a\tb\n1\t2\n');
    await writeFile(`${path}.gz`, gzipSync('a\tb\n1\t2\n'));
    for (const from of [path, `${path}.gz`, new URL(`file://${path}`)]) {
      expect((await loadCsv(from)).X.toArray()).toEqual([[1, 2]]);
    }
    await writeFile(path, 'a\tb\n1\tx\n');
    await expect(loadCsv(path)).rejects.toThrow(
      `loadCsv: ${path}: expected a number but received 'x' at line 2`,
    );
    await expect(loadCsv(join(folder, 'none.csv'))).rejects.toThrow('there is no such file or folder');
  });

  test('stops at a signal, before and while it reads', async () => {
    await expect(read('1\n', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    const controller = new AbortController();
    const reading = read('1,2\n'.repeat(1_000_000), { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 5);
    await expect(reading).rejects.toThrow('enough');
  });

  test('says that a gzip file is damaged, whatever text came out', async () => {
    const text = `a,b,label\n${lines(3_000, (i) => `${i},${(i * 7919) % 1000},${i % 3 === 0 ? 'cat' : 'dog'}`)}`;
    const packed = gzipSync(text);
    for (let at = 20; at < packed.length; at += 97) {
      const damaged = Buffer.from(packed);
      damaged[at]! ^= 0xff;
      for (const file of [damaged, packed.subarray(0, at)]) {
        await expect(loadCsv(file, { labelColumn: 'label' })).rejects.toThrow(
          /^loadCsv: expected gzip data but they are damaged or incomplete near byte/,
        );
      }
    }
    // What is wrong in a sound one is said as ever.
    await expect(loadCsv(gzipSync(`${text}1,2\n`), { labelColumn: 'label' })).rejects.toThrow(
      'expected 3 columns, as in the lines before, but received 2 at line 3002',
    );
    await expect(loadCsv(packed, { labelColumn: 'lable' })).rejects.toThrow("did you mean 'label'?");
  });

  test.each<[string, Uint8Array, RegExp]>([
    [
      'a zip archive',
      zip([{ name: 'train.csv', data: Buffer.from('label,p\n1,2\n') }]),
      /zip archive.*unpack/,
    ],
    [
      'a zip archive with a quote in it',
      zip([{ name: 't.csv', data: Buffer.from('a,b\n"x",1\n') }]),
      /zip archive.*unpack/,
    ],
    [
      'an Excel workbook',
      zip([{ name: 'xl/workbook.xml', data: Buffer.from('<x/>') }]),
      /Excel workbook.*CSV/,
    ],
    ['bzip2', Buffer.from('BZh91AY&SY\x01"\xc8\n"', 'latin1'), /bzip2/],
    ['xz', Buffer.from('\xfd7zXZ\0\0\x04"A\n', 'latin1'), /xz/],
    ['Parquet', Buffer.from('PAR1\x15\x04\x15"\nPAR1', 'latin1'), /Parquet.*to_csv/],
    ['gzip in gzip', gzipSync(gzipSync('a,b\n1,2\n')), /gzip/],
    [
      'an Excel workbook in gzip',
      gzipSync(zip([{ name: 'xl/workbook.xml', data: Buffer.from('<x/>') }])),
      /Excel/,
    ],
  ])('calls %s by its name', async (_name, file, message) => {
    for (const options of [
      {},
      { labelColumn: 'label' },
      { header: false },
      { encoding: 'latin1' },
    ] as CsvOptions[]) {
      await expect(loadCsv(file, options)).rejects.toThrow(FormatError);
      await expect(loadCsv(file, options)).rejects.toThrow(message);
    }
  });
  test.each<[string, object, string]>([
    ['label for labelColumn', { label: 'label' }, 'unknown option label; did you mean labelColumn?'],
    ['a limit that is none', { maxBytes: 0 }, 'option maxBytes to be a positive integer but received 0'],
    ['an unknown decimal sign', { decimal: ';' }, "option decimal to be '.' or ',' but received ';'"],
    ['one sign for both', { delimiter: '.', decimal: '.' }, 'decimal and delimiter to differ'],
    [
      'an unknown header',
      { header: 'yes' },
      "option header to be true or false or 'auto' but received 'yes'",
    ],
    ['an unknown kind of labels', { labelKind: 'class' }, "did you mean 'classes'?"],
    ['a misspelled option', { delimeter: ';' }, 'unknown option delimeter; did you mean delimiter?'],
    [
      'a delimiter of two characters',
      { delimiter: '||' },
      "to be one character, no quote and no line break, but received '||'",
    ],
    ['a quote as delimiter', { delimiter: '"' }, 'option delimiter'],
    ['an empty comment', { comment: '' }, 'option comment'],
    [
      'an unknown label column',
      { labelColumn: 'lable' },
      "labelColumn to be one of the 3 columns but received 'lable'; did you mean 'label'?",
    ],
    [
      'a label column that is not there',
      { labelColumn: 3 },
      'labelColumn to be one of the 3 columns but received 3',
    ],
    ['an unknown column', { columns: ['a', 'z'] }, "columns[1] to be one of the 3 columns but received 'z'"],
    [
      'the labels as a feature',
      { columns: ['label'], labelColumn: -1 },
      "columns to leave out the labels but received 'label'",
    ],
    [
      'a mean of integers',
      { missing: 'mean', dtype: 'uint8' },
      "float32 or float64 with missing: 'mean' but received uint8",
    ],
    [
      'a number that the dtype cannot hold',
      { missing: -1, dtype: 'uint8' },
      'option missing to be an integer in 0 … 255 but received -1',
    ],
    [
      'categories without a use',
      { categories: {} },
      "option categorical to be 'oneHot' or 'ordinal' with categories but received 'error'",
    ],
    [
      'categories that are no words',
      { categories: { a: [1] }, categorical: 'oneHot' },
      'categories.a to be an array of strings',
    ],
    ['an unknown kind', { categorical: 'onehot' }, "did you mean 'oneHot'?"],
  ])('refuses the options: %s', async (_name, options, message) => {
    await expect(read('a,b,label\n1,2,3\n', options)).rejects.toThrow(ArgumentError);
    await expect(read('a,b,label\n1,2,3\n', options)).rejects.toThrow(message);
  });
});
