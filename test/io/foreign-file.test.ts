import { readFileSync } from 'node:fs';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../lib/core/errors.js';
import { foreignHeadLength, foreignKind, refuseForeign } from '../../lib/io/files/foreign-file.js';
import { withSource } from '../../lib/io/files/source.js';
import { fixture } from '../fixtures/index.js';
import { zip } from './zip-bytes.js';

const latin1 = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
const member = (...names: string[]) => zip(names.map((name) => ({ name, data: latin1('x,y\n1,2\n') })));
const sklearnPickle = latin1(
  '\x80\x04\x95N\x03\0\0\0\0\0\0\x8c,sklearn.neural_network._multilayer_perceptron',
);
const tar = latin1(`${'a.csv'.padEnd(257, '\0')}ustar\x0000`);
const byteOrderMark = '\xef\xbb\xbf';

const cases: readonly (readonly [file: string, bytes: Uint8Array, name: RegExp, remedy: RegExp])[] = [
  ['.gz', gzipSync('1,2\n'), /^a gzip file$/, /unpack/],
  ['.pkl.gz', gzipSync(latin1('\x80\x02K\x01.')), /pickle.*gzip/, /unpack.*loadPickle/],
  ['.tar.gz', gzipSync(tar), /tar.*gzip/, /^unpack it first \(gunzip\); then unpack it \(tar -xf\)$/],
  ['cut .gz', gzipSync('1,2\n').subarray(0, 3), /^a gzip file$/, /unpack/],
  ['.bz2', latin1('BZh91AY&SY\x01\x22'), /bzip2.*bz2/, /unpack/],
  ['.bz2 of nothing', latin1('BZh9\x17rE8P\x90\0\0\0\0'), /bzip2/, /unpack/],
  ['.xz', latin1('\xfd7zXZ\0\0\x04'), /\bxz\b/, /unpack/],
  ['.lzma', latin1(`]\0\0\x80\0${'\xff'.repeat(8)}`), /LZMA/, /unpack/],
  ['.zst', latin1('\x28\xb5\x2f\xfd\x24'), /zst/, /unpack/],
  ['.lz4', latin1('\x04\x22\x4d\x18\x64'), /LZ4/, /unpack/],
  ['.7z', latin1("7z\xbc\xaf'\x1c\0\x04"), /7z/, /unpack/],
  ['.rar', latin1('Rar!\x1a\x07\x01\0'), /RAR/, /unpack/],
  ['.tar', tar, /tar archive/, /unpack/],
  ['.zip', member('a.bin'), /^a zip archive$/, /unpack/],
  ['empty .zip', zip([]), /^a zip archive$/, /unpack/],
  ['.csv.zip', member('train.csv'), /zip archive of text files/, /unpack/],
  ['.xlsx', member('[Content_Types].xml', '_rels/.rels', 'xl/workbook.xml'), /Excel.*xlsx/, /CSV/],
  ['.docx', member('[Content_Types].xml', 'word/document.xml'), /Office/, /CSV/],
  ['.ods', member('mimetype', 'content.xml'), /Office/, /CSV/],
  ['.npz', member('X.npy'), /npz/, /loadNpz/],
  ['torch.save', member('archive/data.pkl'), /torch\.save.*zip/, /safetensors/],
  ['torch.jit', member('net/code/x.py', 'net/constants.pkl'), /torch/, /safetensors/],
  ['old torch.save', latin1('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.'), /torch/, /safetensors/],
  ['.keras', member('metadata.json', 'config.json', 'model.weights.h5'), /\.keras/, /loadKerasWeights/],
  ['.parquet', latin1('PAR1\x15\x04'), /Parquet/, /read_parquet.*csv/],
  ['.arrow', latin1('ARROW1\0\0'), /Arrow/, /read_feather/],
  ['.feather', latin1('FEA1\0\0\0\0'), /Feather/, /read_feather/],
  ['.orc', latin1('ORC\x08'), /ORC/, /read_orc/],
  ['.avro', latin1('Obj\x01\x04'), /Avro/, /CSV/],
  ['.h5', latin1('\x89HDF\r\n\x1a\n\0'), /HDF5/, /savez/],
  ['.h5 behind a block', latin1(`${'\0'.repeat(512)}\x89HDF\r\n\x1a\n\0`), /HDF5/, /savez/],
  ['.mat', readFileSync(fixture('formats/mnist-like.mat')), /MAT-file/, /loadMat/],
  ['.mat of 7.3', latin1('MATLAB 7.3 MAT-file, Platform'), /7\.3.*HDF5/, /-v7/],
  ['.pkl', latin1('\x80\x04\x95\x05\0\0\0\0\0\0\0'), /pickle.*joblib/, /loadPickle/],
  ['.pkl of scikit-learn', sklearnPickle, /pickle.*scikit-learn.*joblib/, /savez/],
  ['.joblib', deflateSync(sklearnPickle), /pickle.*joblib.*zlib/, /savez/],
  ['zlib', deflateSync('1,2\n', { level: 1 }), /zlib/, /unpack/],
  ['.npy', readFileSync(fixture('formats/f4.npy')), /\.npy/, /loadNpy/],
  ['idx', readFileSync(fixture('formats/images-idx3-ubyte')), /idx/, /loadIdx/],
  [
    '.safetensors',
    readFileSync(fixture('coming-over/torch-float32.safetensors')),
    /safetensors/,
    /loadSafetensors/,
  ],
  ['torch file', readFileSync(fixture('coming-over/torch-float32.pt')), /torch/, /safetensors/],
  ['.onnx', latin1('\x08\x08\x12\x07pytorch\x1a\x051.0'), /ONNX/, /weights/],
  ['.tflite', latin1('\x1c\0\0\0TFL3'), /TensorFlow Lite/, /weights/],
  ['.gguf', latin1('GGUF\x03\0\0\0'), /GGUF/, /convert/],
  ['.png', latin1('\x89PNG\r\n\x1a\n'), /PNG/, /loadImage/],
  ['.jpeg', latin1('\xff\xd8\xff\xe0'), /JPEG/, /loadImage/],
  ['.gif', latin1('GIF89a'), /GIF/, /PNG/],
  ['.webp', latin1('RIFF\x10\0\0\0WEBPVP8 '), /WebP/, /PNG/],
  ['.wav', latin1('RIFF\x10\0\0\0WAVEfmt '), /WAVE/, /convert/],
  ['.tiff', latin1('II*\0\x08\0\0\0'), /TIFF/, /PNG/],
  ['.bmp', latin1('BM\x36\x10\0\0\0\0\0\0'), /BMP/, /PNG/],
  ['.pdf', latin1('%PDF-1.7\n'), /PDF/, /path/],
  ['.xls', latin1('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'), /Office.*xls/, /CSV/],
  ['.sqlite', latin1('SQLite format 3\0'), /SQLite/, /csv/],
  ['.dta', latin1('<stata_dta><header>'), /Stata/, /CSV/],
  ['.dta, older', latin1('r\x02\x01\0\x05\0'), /Stata/, /CSV/],
  ['.pkl of protocol 0', latin1('(dp0\nVa\np1\n'), /pickle/, /loadPickle/],
  [
    '.pkl of scikit-learn, protocol 0',
    latin1('ccopy_reg\n_reconstructor\np0\n(csklearn.neural'),
    /scikit-learn/,
    /savez/,
  ],
  ['.sav', latin1('$FL2@(#) SPSS DATA FILE'), /SPSS/, /CSV/],
  ['ELF', latin1('\x7fELF\x02\x01'), /program/, /path/],
  ['.exe', latin1('MZ\x90\0\x03\0\0\0\x04\0\0\0'), /Windows/, /path/],
  ['Git LFS', latin1('version https://git-lfs.github.com/spec/v1\noid sha256:'), /Git LFS/, /git lfs pull/],
  ['.html', latin1('<!DOCTYPE html>\n<html>'), /HTML/, /download/],
  [
    '.html with a comment',
    latin1(`${byteOrderMark}\n <!-- saved\nfrom --> <HTML lang="en">`),
    /HTML/,
    /download/,
  ],
  ['.xml', latin1('<?xml version="1.0"?><Error><Code>AccessDenied</Code>'), /XML/, /download/],
  ['.json', latin1('{\n  "version": 1'), /JSON/, /JSON\.parse/],
  ['.json of rows', latin1('[[1, 2], [3, 4]]'), /JSON/, /JSON\.parse/],
];

describe('foreignKind', () => {
  test.each(cases)('knows %s', (_, bytes, name, remedy) => {
    const kind = foreignKind(bytes);
    expect(kind?.name).toMatch(name);
    expect(kind?.name).toMatch(/^(a|an) /);
    expect(kind?.remedy).toMatch(remedy);
    // The file as a whole is not needed.
    expect(foreignKind(bytes.subarray(0, foreignHeadLength))).toEqual(kind);
  });

  test.each([
    '',
    'x^2,y\n1,2\n',
    'x\x01,y\n',
    'PK,name\n1,2\n',
    'BZh,name\n',
    'BM,kg\n1,2\n',
    'MZ,kg\n1,2\n',
    'ORC,kg\n',
    'PAR,kg\n',
    '7z,kg\n',
    'GIF,kg\n',
    '[mV],kg\n',
    '<x>,y\n',
    '%,y\n',
    'label,pixel0\n1,2\n',
    'größe,masse\n1,2\n',
    '\0\0\x07\x01',
    '\x80\x01',
    '\x1f',
  ])('knows nothing of text and what begins like others: %j', (text) => {
    expect(foreignKind(latin1(text))).toBeUndefined();
  });

  test('looks into gzip once, whatever comes out of it', () => {
    const twice = gzipSync(gzipSync('1,2\n'));
    expect(foreignKind(twice)?.name).toBe('a gzip file');
  });

  test('takes little memory for what inflates to much', () => {
    const bomb = gzipSync(new Uint8Array(1 << 24));
    expect(foreignKind(bomb)?.format).toBe('gzip');
  });
});

test('a safetensors file may begin with a length that looks like anything', () => {
  for (const length of [0x8b1f, 0x0280, 0x9c78, 0x4d42, 0x5a4d, 0x0a2a, 0x040350, 0x120a08]) {
    const head = new Uint8Array(4096).fill(0x20);
    new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
    head.set(latin1('{"sklearn"'), 8);
    expect(foreignKind(head)?.format).toBe('safetensors');
  }
});

describe('refuseForeign', () => {
  const refuse = (bytes: Uint8Array, own: string[] = [], remedies = {}) =>
    withSource('loadX', bytes, (source) =>
      refuseForeign(source, { expected: 'an .npz archive', own, remedies }),
    );

  test('names what came and what helps', async () => {
    await expect(refuse(latin1('PAR1'))).rejects.toThrow(
      new FormatError(
        "loadX: expected an .npz archive but it is a Parquet file; in Python, pandas.read_parquet(path).to_csv('table.csv', index=False) writes it as CSV",
      ),
    );
  });

  test('prefers the remedy of the reader', async () => {
    await expect(refuse(latin1('PAR1'), [], { parquet: 'do that' })).rejects.toThrow(/file; do that$/);
  });

  test("lets pass what is the reader's own, or not known", async () => {
    expect(await refuse(latin1('PAR1'), ['parquet'])).toMatchObject({ format: 'parquet' });
    expect(await refuse(latin1('a,b'))).toBeUndefined();
    expect(await refuse(new Uint8Array(0))).toBeUndefined();
  });
});
