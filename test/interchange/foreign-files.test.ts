import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../lib/core/errors.js';
import { loadKerasWeights } from '../../lib/interchange/keras-weights.js';
import { loadSklearnWeights } from '../../lib/interchange/sklearn-weights.js';
import { loadTorchStateDict } from '../../lib/interchange/torch-state-dict.js';
import { loadIdx } from '../../lib/io/arrays/idx.js';
import { loadMat } from '../../lib/io/arrays/mat.js';
import { loadNpy } from '../../lib/io/arrays/npy.js';
import { loadNpz } from '../../lib/io/arrays/npz.js';
import { loadSafetensors } from '../../lib/io/arrays/safetensors.js';
import type { Readable } from '../../lib/io/files/source.js';
import { loadPickle } from '../../lib/io/pickle/pickle.js';
import { loadModel } from '../../lib/models/files/load-model.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { loadHistory } from '../../lib/train/history-files.js';
import { fixture } from '../fixtures/index.js';
import { zip } from '../io/zip-bytes.js';
import { temporaryFolder } from '../temporary-folder.js';

const net = () => new FullyConnectedNet({ inputDim: 2, hiddenDims: [3], numClasses: 2, seed: 0 });
const latin1 = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
const member = (name: string) => zip([{ name, data: latin1('x') }]);
const sklearnPickle = latin1(
  '\x80\x04\x95N\x03\0\0\0\0\0\0\x8c,sklearn.neural_network._multilayer_perceptron',
);

const readers: Readonly<Record<string, (from: Readable & string) => Promise<unknown>>> = {
  loadNpy,
  loadNpz,
  loadMat,
  loadIdx,
  loadPickle,
  loadSafetensors,
  loadHistory,
  loadModel,
  'TwoLayerNet.load': (from) => TwoLayerNet.load(from),
  'FullyConnectedNet.load': (from) => FullyConnectedNet.load(from),
  'NeuralNetwork.load': (from) => NeuralNetwork.load(from),
  'Sequential.load': (from) => Sequential.load(from),
  loadTorchStateDict: (from) => loadTorchStateDict(net(), from),
  loadKerasWeights: (from) => loadKerasWeights(net(), from),
  loadSklearnWeights: (from) => loadSklearnWeights(net(), from),
};

/** What each file is called, and who reads it or may know another name for it. */
const files: readonly (readonly [name: string, bytes: Uint8Array, called: RegExp, own: readonly string[]])[] =
  [
    ['x.npy', readFileSync(fixture('formats/f4.npy')), /an \.npy file/, ['loadNpy']],
    [
      'x.npz',
      readFileSync(fixture('formats/plain.npz')),
      /an \.npz archive/,
      ['loadNpz', 'loadTorchStateDict', 'loadKerasWeights', 'loadSklearnWeights'],
    ],
    ['x.mat', readFileSync(fixture('formats/mnist-like.mat')), /a MAT-file/, ['loadMat']],
    ['x-idx', readFileSync(fixture('formats/images-idx3-ubyte')), /an idx file/, ['loadIdx']],
    ['x-idx.gz', readFileSync(fixture('formats/images-idx3-ubyte.gz')), /gzip|pickle/, ['loadIdx']],
    ['x.pkl', latin1('\x80\x04\x95\x05\0\0\0\0\0\0\0'), /pickle.*joblib/, ['loadPickle']],
    ['mlp.pkl', sklearnPickle, /pickle of scikit-learn/, ['loadPickle']],
    ['mlp.joblib', deflateSync(sklearnPickle), /pickle.*joblib/, []],
    ['mlp.pkl.gz', gzipSync(sklearnPickle), /pickle.*gzip/, ['loadPickle']],
    [
      'x.safetensors',
      readFileSync(fixture('coming-over/torch-float32.safetensors')),
      /a safetensors file/,
      Object.keys(readers).filter((name) => /Safetensors|Model|\.load|Weights|StateDict/.test(name)),
    ],
    ['x.pt', readFileSync(fixture('coming-over/torch-float32.pt')), /torch\.save/, []],
    ['x.keras', readFileSync(fixture('coming-over/keras-3.keras')), /\.keras archive/, ['loadKerasWeights']],
    ['x.weights.h5', readFileSync(fixture('coming-over/keras.weights.h5')), /HDF5/, ['loadKerasWeights']],
    ['history.json', latin1('{"lossHistory": ['), /a JSON file/, ['loadHistory']],
    ['x.zip', member('x.bin'), /zip archive|ZIP archive|members that end in \.npy/, []],
    ['train.csv.zip', member('train.csv'), /zip archive of text/, []],
    ['x.xlsx', member('xl/workbook.xml'), /Excel/, []],
    ['x.parquet', latin1('PAR1\x15\x04'), /Parquet/, []],
    ['x.bz2', latin1('BZh91AY&SY'), /bzip2/, []],
    ['x.xz', latin1('\xfd7zXZ\0'), /\bxz\b/, []],
    ['x.onnx', latin1('\x08\x08\x12\x07pytorch'), /ONNX/, []],
    ['x.png', latin1('\x89PNG\r\n\x1a\n'), /PNG/, []],
    ['x.html', latin1('<!doctype html><title>404'), /web page/, []],
    ['x.lfs', latin1('version https://git-lfs.github.com/spec/v1\n'), /Git LFS/, []],
  ];

describe.each(Object.entries(readers))('%s names what it is given', (reader, read) => {
  test.each(files.filter(([, , , own]) => !own.includes(reader)))('%s', async (name, bytes, called) => {
    const path = join(await temporaryFolder(), name);
    await writeFile(path, bytes);
    const error = (await read(path as never).catch((cause) => cause)) as Error;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(called);
    expect(error.message.startsWith(`${reader}: ${path}: expected `)).toBe(true);
    if (reader.endsWith('.load')) return;
    const ofBytes = (await read(bytes as never).catch((cause) => cause)) as Error;
    expect(ofBytes).toBeInstanceOf(FormatError);
    expect(ofBytes.message).toMatch(called);
  });
});

describe('loadPickle', () => {
  test('reads a pickle that gzip packed', async () => {
    expect(await loadPickle(gzipSync(latin1('\x80\x02K\x01.')))).toBe(1);
    // Protocol 0, which is text.
    expect(await loadPickle(gzipSync('(lp0\nI7\na.'))).toEqual([7]);
  });

  test('refuses a damaged one', async () => {
    const packed = gzipSync(latin1('\x80\x02K\x01.'));
    await expect(loadPickle(packed.subarray(0, -6))).rejects.toThrow(FormatError);
    await expect(loadPickle(gzipSync(packed))).rejects.toThrow(FormatError);
    await expect(loadPickle(gzipSync(''))).rejects.toThrow(FormatError);
  });

  test.each([
    ['joblib.numpy_pickle\nNumpyArrayWrapper', /NumpyArrayWrapper .*at byte 2; in Python, np\.savez/],
    ['sklearn.neural_network\nMLPClassifier', /in Python, np\.savez\('mlp\.npz'/],
    ['pandas\nDataFrame', /in Python, table\.to_csv/],
    ['torch._utils\n_rebuild_tensor_v2', /in Python, safetensors\.torch\.save_file/],
    ['__proto__.x\ny', /global __proto__\.x\.y .*at byte 2$/],
  ])('says what helps where it meets %j', async (global, message) => {
    await expect(loadPickle(latin1(`\x80\x02c${global}\n.`))).rejects.toThrow(message);
  });

  test('refuses one that unpacks to more than any of use', async () => {
    await expect(loadPickle(gzipSync(new Uint8Array(100_000_000)))).rejects.toThrow(
      /to unpack to at most \d+ but there are more/,
    );
  });
});

describe('a safetensors file that is no model', () => {
  test('is told by loadModel', async () => {
    const path = fixture('coming-over/torch-float32.safetensors');
    await expect(loadModel(path)).rejects.toThrow(/expected a gemmnet model.*loadTorchStateDict/);
  });
});

test('loadModel says of text that it is no safetensors file', async () => {
  const path = join(await temporaryFolder(), 'notes.txt');
  await writeFile(path, '# Notes on the model');
  await expect(loadModel(path)).rejects.toThrow(FormatError);
  await expect(loadModel(path)).rejects.toThrow(
    /notes\.txt: expected a safetensors file, .* it is text, and loadCsv reads tables of it/,
  );
});
