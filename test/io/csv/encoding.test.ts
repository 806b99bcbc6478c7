import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import { type CsvOptions, loadCsv } from '../../../lib/io/csv/csv.js';
import { lines } from './read.js';

const text = 'weight,fruit\n5,pêche\n6,pèche\n7,€ “péche”\n8,𝛑\n';
const utf16be = (source: string) => Buffer.from(source, 'utf16le').swap16();
const bytes = (...values: number[]) => Buffer.from(values);
const fruit: CsvOptions = { labelColumn: 'fruit' };

describe('loadCsv', () => {
  test.each<[string, Uint8Array, CsvOptions, string]>([
    ['UTF-8', Buffer.from(text), {}, 'utf-8'],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`), {}, 'utf-8'],
    ['UTF-8 that is asked for', Buffer.from(`\ufeff${text}`), { encoding: 'utf-8' }, 'utf-8'],
    ['UTF-16 with a byte order mark', Buffer.from(`\ufeff${text}`, 'utf16le'), {}, 'utf-16le'],
    ['UTF-16 the other way round', utf16be(`\ufeff${text}`), {}, 'utf-16be'],
    ['UTF-16 that is asked for', Buffer.from(text, 'utf16le'), { encoding: 'utf-16le' }, 'utf-16le'],
    ['UTF-16 the other way round that is asked for', utf16be(text), { encoding: 'utf-16be' }, 'utf-16be'],
  ])('reads %s', async (_name, file, options, encoding) => {
    for (const input of [file, gzipSync(file)]) {
      const { classes, info } = await loadCsv(input, { ...fruit, ...options });
      expect(classes).toEqual(['pèche', 'pêche', '€ “péche”', '𝛑']);
      expect(info).toMatchObject({ encoding, delimiter: ',', header: true, rows: 4 });
    }
  });

  test('reads Windows-1252 and Latin-1', async () => {
    const file = Buffer.concat([
      Buffer.from('weight,fruit\n5,p\xeache\n6,', 'latin1'),
      bytes(0x80, 0x9f, 0x81),
      Buffer.from('\n'),
    ]);
    const windows = await loadCsv(file, { ...fruit, encoding: 'windows-1252' });
    expect(windows.classes).toEqual(['pêche', '€Ÿ\x81']);
    const latin = await loadCsv(file, { ...fruit, encoding: 'latin1' });
    expect(latin.classes).toEqual(['pêche', '\x80\x9f\x81']);
    expect([windows.info.encoding, latin.info.encoding]).toEqual(['windows-1252', 'latin1']);
  });

  test.each<[string, Uint8Array, CsvOptions, string]>([
    [
      'Windows-1252',
      Buffer.from('weight,fruit\n5,p\xeache\n6,p\xe8che\n', 'latin1'),
      {},
      "expected text in UTF-8 but received the byte 0xEA at line 2, byte 16; name the file's encoding with the option encoding",
    ],
    [
      'a name in Windows-1252',
      Buffer.from('caf\xe9,fruit\n1,a\n', 'latin1'),
      {},
      'the byte 0xE9 at line 1, byte 3',
    ],
    [
      'half a character at the end',
      Buffer.from('a\n1\n\xc3', 'latin1'),
      {},
      'half a character at line 3, byte 4',
    ],
    [
      'a character in more bytes than it needs',
      Buffer.from('a\n\xc0\xaf\n', 'latin1'),
      {},
      'the byte 0xC0 at line 2, byte 2',
    ],
    [
      'surrogates in UTF-8',
      Buffer.from('a\n\xed\xa0\x80\n', 'latin1'),
      {},
      'the byte 0xED at line 2, byte 2',
    ],
    [
      'a byte behind CRLF and CR',
      Buffer.from('a\r\n1\r2\r\n\xff\n', 'latin1'),
      {},
      'the byte 0xFF at line 4, byte 8',
    ],
    [
      'UTF-16 without a mark',
      Buffer.from('a,b\n1,2\n', 'utf16le'),
      {},
      "a zero byte at line 1, byte 1; name the file's encoding with the option encoding (every other byte of 'utf-16le' is zero",
    ],
    ['a zero byte', Buffer.from('a,b\n1,\0\n'), {}, 'a zero byte at line 2, byte 6'],
    [
      'UTF-32',
      bytes(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0),
      {},
      'expected text in UTF-16LE but received a zero byte at line 1, byte 2',
    ],
    [
      'half a pair of surrogates',
      Buffer.from('\ufeffa\n\ud800\n', 'utf16le'),
      {},
      'expected text in UTF-16LE but received half a pair of surrogates at line 2, byte 6',
    ],
    [
      'an odd number of bytes',
      Buffer.concat([Buffer.from('\ufeffa\n1\n', 'utf16le'), bytes(0x31)]),
      {},
      'half a character at line 3, byte 10',
    ],
    [
      'the mark of another encoding',
      Buffer.from(`\ufeff${text}`, 'utf16le'),
      { encoding: 'windows-1252' },
      "expected text in windows-1252 but the file begins with the byte order mark of utf-16le; say encoding: 'utf-16le'",
    ],
  ])('refuses %s', async (_name, file, options, message) => {
    for (const input of [file, gzipSync(file)]) {
      await expect(loadCsv(input, options)).rejects.toThrow(FormatError);
      await expect(loadCsv(input, options)).rejects.toThrow(message);
    }
  });

  test('finds the byte far into a file', async () => {
    const before = lines(40_000, (i) => `${i},pêche`);
    const file = Buffer.concat([Buffer.from(before), Buffer.from('1,p\xeache\n', 'latin1')]);
    const place = `the byte 0xEA at line 40001, byte ${Buffer.byteLength(before) + 3}`;
    await expect(loadCsv(file, { labelColumn: 1 })).rejects.toThrow(place);
    await expect(loadCsv(gzipSync(file), { labelColumn: 1 })).rejects.toThrow(place);
  });

  test('puts characters together that the ends of pieces cut', async () => {
    // 65,536 bytes are read at once: each offset cuts another byte of some character.
    for (let offset = 0; offset < 4; offset++) {
      const file = `${'x'.repeat(offset)},y\n${lines(20_000, (i) => `${i % 10},𝛑`)}`;
      const table = await loadCsv(Buffer.from(file), { labelColumn: 'y', header: true });
      expect(table.classes).toEqual(['𝛑']);
      const wide = await loadCsv(Buffer.from(`\ufeff${file}`, 'utf16le'), { labelColumn: 'y', header: true });
      expect(wide.classes).toEqual(['𝛑']);
    }
  });

  test('tells the encoding that was meant', async () => {
    await expect(loadCsv(Buffer.from(text), { encoding: 'utf8' as never })).rejects.toThrow(
      "did you mean 'utf-8'?",
    );
  });
});
