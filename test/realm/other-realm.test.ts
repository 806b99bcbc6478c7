import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { isError, isShared, isUrl } from '../../lib/core/built-ins.js';
import { describe as described } from '../../lib/core/describe.js';
import { dtypeOf } from '../../lib/core/dtype.js';
import {
  ArgumentError,
  accuracy,
  affineForward,
  confusionMatrix,
  FormatError,
  FullyConnectedNet,
  loadModel,
  loadNpy,
  oneHot,
  Preparation,
  parseSafetensors,
  pca,
  RandomState,
  SoftmaxCrossEntropyLoss,
  Solver,
  saveHistory,
  saveNpy,
  serializeNpy,
  serializeSafetensors,
  softmaxLoss,
  split,
  standardize,
  Tensor,
  TwoLayerNet,
  tensor,
} from '../../lib/index.js';
import { temporaryFolder } from '../temporary-folder.js';

// Run twice: as all tests are, with values from another realm, and in the project `vm`, where gemmnet itself is in a vm context and
// Node's core outside of it.

/** A value that a script made in a realm of its own. */
const foreign = <T>(script: string): T => runInNewContext(script, { SharedArrayBuffer: undefined }) as T;

const rows = [0.5, -1, 2, 3, -0.25, 1, 0, 4];
const floats = () => foreign<Float32Array>(`new Float32Array([${rows}])`);
const X = () => tensor(floats(), [4, 2]);
const y = () => foreign<Int32Array>('new Int32Array([0, 1, 1, 0])');

/** A URL as jsdom's is: no instance of Node's class. */
function foreignUrl(path: string): URL {
  const { href, protocol, hostname, pathname } = pathToFileURL(path);
  return { href, protocol, hostname, pathname, toString: () => href } as URL;
}

describe('values of another realm', () => {
  test('are not instances here, or this file shows nothing', () => {
    expect(floats()).not.toBeInstanceOf(Float32Array);
    expect(foreign('({})')).not.toBeInstanceOf(Object);
    expect(foreign('new Error()')).not.toBeInstanceOf(Error);
  });

  test.each([
    ['Float32Array', 'float32'],
    ['Float64Array', 'float64'],
    ['Int32Array', 'int32'],
    ['Uint8Array', 'uint8'],
    ['Uint8ClampedArray', undefined],
    ['Int8Array', undefined],
    ['Uint32Array', undefined],
    ['BigInt64Array', undefined],
    ['BigUint64Array', undefined],
  ] as const)('a %s is of dtype %s', (type, dtype) => {
    const array = foreign(`new ${type}(2)`);
    expect(dtypeOf(array)).toBe(dtype);
    if (dtype === undefined) {
      expect(() => tensor(array as never)).toThrow(ArgumentError);
      expect(() => tensor(array as never)).toThrow(`but received ${type}(2)`);
    } else {
      expect(tensor(array as never).data).toBe(array);
      expect(new Tensor(array as never, [2, 1]).dtype).toBe(dtype);
      expect(tensor([array, array] as never).shape).toEqual([2, 2]);
      expect(tensor({ data: array as never, shape: [1, 2] }).data).toBe(array);
    }
  });

  test('arrays, errors, URLs and shared memory are known for what they are', () => {
    expect(tensor(foreign<number[][]>('[[1, 2], [3, 4]]')).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(isError(foreign('new RangeError("x")'))).toBe(true);
    expect(isError(foreign('({ message: "x" })'))).toBe(false);
    expect(isUrl(foreignUrl('/a/b'))).toBe(true);
    expect(isUrl(new URL('file:///a'))).toBe(true);
    expect(isUrl(foreign('({ href: "x" })'))).toBe(false);
    const sharedArray = runInNewContext('new Float32Array(new SharedArrayBuffer(8))') as Float32Array;
    expect(isShared(sharedArray)).toBe(true);
    expect(isShared(floats())).toBe(false);
    expect(described(foreign('new DataView(new ArrayBuffer(8))'))).toBe('a DataView');
    expect(described(foreign('({ a: 1 })'))).toBe("an object with 'a'");
  });

  test('name the rows of an accuracy', async () => {
    const net = new TwoLayerNet({ inputSize: 2, hiddenSize: 3, numClasses: 2, seed: 0 });
    const picked = { rows: foreign<Int32Array>('new Int32Array([0, 2])') };
    const right = [...net.predict(X())].filter((label, row) => row % 2 === 0 && label === [...y()][row]);
    expect(await net.accuracy(X(), y(), picked)).toBe(right.length / 2);
  });

  test('are read, sampled, cut and prepared', async () => {
    expect([...new RandomState(0).permutation(4)]).toEqual(
      (() => {
        const order = foreign<Int32Array>('new Int32Array([0, 1, 2, 3])');
        new RandomState(0).shuffle(order);
        return [...order];
      })(),
    );
    const state = new RandomState(7).getState();
    const copy = new RandomState(1);
    copy.setState([
      state[0],
      foreign<Uint32Array>(`Uint32Array.from([${state[1]}])`),
      state[2],
      state[3],
      state[4],
    ]);
    expect(copy.rand()).toBe(new RandomState(7).rand());
    expect(accuracy(y(), foreign<Uint8Array>('new Uint8Array([0, 1, 0, 0])'))).toBe(0.75);
    expect(confusionMatrix(y(), foreign<number[]>('[0, 1, 1, 1]'), 2).toArray()).toEqual([
      [1, 1],
      [0, 2],
    ]);
    expect(oneHot(y(), 2).get(1, 1)).toBe(1);
    const pieces = split(
      X(),
      y(),
      foreign<{ train: number }>('({ train: 3 })'),
      foreign('({ stratify: true })'),
    );
    expect(pieces.XTrain.shape).toEqual([3, 2]);
    expect(standardize({ XTrain: X() }).XTrain.shape).toEqual([4, 2]);
    expect(Preparation.minMax(X()).apply(X()).shape).toEqual([4, 2]);
    expect((await pca(X(), foreign('({ numComponents: 1 })'))).components.shape).toEqual([1, 2]);
  });

  test('train nets, and are predicted on', async () => {
    const options = foreign<{ inputSize: number; hiddenSize: number; numClasses: number; seed: number }>(
      '({ inputSize: 2, hiddenSize: 3, numClasses: 2, seed: 0 })',
    );
    const [theirs, ours] = [new TwoLayerNet(options), new TwoLayerNet(options)];
    const given = foreign<object>('({ numIters: 5, batchSize: 2, verbose: false })');
    const history = await theirs.train(X(), y(), X(), y(), given);
    const mine = Float32Array.from(rows);
    const labels = Int32Array.of(0, 1, 1, 0);
    const expected = await ours.train(tensor(mine, [4, 2]), labels, tensor(mine, [4, 2]), labels, given);
    expect(history.lossHistory).toEqual(expected.lossHistory);
    expect([...(await theirs.predict(X()))]).toEqual([...(await ours.predict(tensor(mine, [4, 2])))]);

    const net = new FullyConnectedNet({
      inputDim: 2,
      hiddenDims: foreign<number[]>('[3]'),
      numClasses: 2,
      seed: 0,
    });
    const solver = new Solver(
      net,
      { XTrain: X(), yTrain: y() },
      foreign(
        `({ updateRule: 'sgdMomentum', optimConfig: { learningRate: 0.1, momentum: 0.5 }, batchSize: 2, verbose: false })`,
      ),
    );
    await solver.train();
    expect(solver.lossHistory.every(Number.isFinite)).toBe(true);
  });

  test('have the dtype that they have', () => {
    const W = foreign<Float32Array>('new Float32Array(6)');
    const b = foreign<Float32Array>('new Float32Array(3)');
    expect(affineForward(X(), tensor(W, [2, 3]), b).out.dtype).toBe('float32');
    expect(softmaxLoss(X(), y()).dx.dtype).toBe('float32');
    expect(new SoftmaxCrossEntropyLoss().forward(X(), y())).toBe(softmaxLoss(X(), y()).loss);
  });

  test('are bytes and paths of files', async () => {
    const folder = await temporaryFolder();
    const bytesOf = (bytes: Uint8Array) => foreign<Uint8Array>(`Uint8Array.from([${bytes}])`);
    expect((await loadNpy(bytesOf(serializeNpy(X())))).toArray()).toEqual(X().toArray());
    expect(parseSafetensors(bytesOf(serializeSafetensors({ X: X() }))).tensors.X?.toArray()).toEqual(
      X().toArray(),
    );
    const url = foreignUrl(join(folder, 'X.npy'));
    await saveNpy(url, X());
    expect((await loadNpy(url)).toArray()).toEqual(X().toArray());
    expect((await loadNpy(await readFile(join(folder, 'X.npy')))).toArray()).toEqual(X().toArray());
    await saveHistory(foreignUrl(join(folder, 'history.json')), { lossHistory: [1], checks: [] });

    const net = new TwoLayerNet({ inputSize: 2, hiddenSize: 3, numClasses: 2, seed: 0 });
    await net.save(foreignUrl(join(folder, 'net.safetensors')));
    const model = await loadModel(foreignUrl(join(folder, 'net.safetensors')));
    expect([...(await model.predict(X()))]).toEqual([...(await net.predict(X()))]);
    await expect(loadModel(bytesOf(Uint8Array.of(1, 2, 3)))).rejects.toThrow(FormatError);
  });

  test('a file that is missing is told as everywhere, though the error is of Node’s own realm', async () => {
    const error: unknown = await loadNpy('/no/such/file.npy').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as Error).message).toContain('there is no such file or folder');
  });
});
