import { readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  exportOnnx,
  loadKerasWeights,
  loadModel,
  loadNpy,
  loadNpz,
  loadSafetensors,
  loadSklearnWeights,
  loadTorchStateDict,
  parseSafetensors,
  saveNpy,
  saveNpz,
  saveSafetensors,
  saveTorchStateDict,
  serializeNpy,
  serializeOnnx,
  serializeSafetensors,
  Tensor,
} from '../../../dist/index.js';
import { makeNet, parametersOf } from './creating.js';

/** @typedef {import('../../cases.js').Case} Case */
/** @typedef {import('./gemmnet.js').Prepared} Prepared */
/** @typedef {import('./gemmnet.js').Arrays} Arrays */

/**
 * @param {Case} one
 * @param {string} name
 */
export const written = ({ folder = '' }, name) => join(folder, 'written', `${process.pid}-${name}`);

/**
 * @param {Case} one
 * @param {number} [which]
 */
export const input = ({ folder = '', files = [] }, which = 0) => join(folder, files[which] ?? '');

/**
 * Writes a file, which is read again for the comparison, and is gone before the next is written.
 *
 * @param {string} path
 * @param {() => Promise<void>} call
 * @param {(path: string) => Promise<Arrays | undefined>} read
 * @returns {Prepared}
 */
export function writing(path, call, read) {
  return {
    call,
    arrays: () => read(path),
    bytes: 0,
    copy: () => bytesAt(path),
    after: () => rm(path, { recursive: true, force: true }),
  };
}

/**
 * Of a file, or of those in a folder.
 *
 * @param {string} path
 * @returns {number}
 */
function bytesAt(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesAt(join(path, name)), 0);
}

/** @param {string} path */
const arraysOfNpz = async (path) => Object.values(await loadNpz(path)).map((array) => array.data);

/** Models and arrays in files. @satisfies {Record<string, (one: Case) => Prepared | Promise<Prepared>>} */
export const saving = {
  /** @param {Case} one */
  saveModel(one) {
    const net = makeNet(one);
    const path = written(one, 'model.safetensors');
    return writing(
      path,
      () => net.save(path),
      async () => parametersOf(/** @type {ReturnType<typeof makeNet>} */ (await loadModel(path))),
    );
  },
  /** @param {Case} one */
  async loadModel(one) {
    const path = written(one, 'model.safetensors');
    await makeNet(one).save(path);
    return { call: () => loadModel(path), arrays: parametersOf, after: (net) => net.dispose() };
  },
  /** @param {Case} one */
  async saveNpy(one) {
    const X = await loadNpy(input(one));
    const path = written(one, 'array.npy');
    return writing(
      path,
      () => saveNpy(path, X),
      async () => [(await loadNpy(path)).data],
    );
  },
  /** @param {Case} one */
  async saveNpz(one) {
    const X = await loadNpy(input(one));
    const rows = (X.shape[0] ?? 0) / 2;
    const arrays = { X: X.slice(0, rows), Y: X.slice(rows) };
    const path = written(one, 'arrays.npz');
    return writing(path, () => saveNpz(path, arrays), arraysOfNpz);
  },
  /** @param {Case} one */
  loadNpy: (one) => ({ call: () => loadNpy(input(one)), arrays: (array) => [array.data] }),
  /** @param {Case} one */
  async saveCompressed(one) {
    const arrays = await loadNpz(input(one));
    const path = written(one, 'arrays.npz');
    const size = Object.values(arrays).reduce((sum, { data }) => sum + data.byteLength, 0);
    return {
      ...writing(path, () => saveNpz(path, arrays, { compressed: true }), arraysOfNpz),
      copy: () => size,
    };
  },
  /** @param {Case} one */
  loadNpz: (one) => ({
    call: () => loadNpz(input(one)),
    arrays: (arrays) => Object.values(arrays).map((array) => array.data),
  }),
  /** @param {Case} one */
  async serializeNpy(one) {
    const X = await loadNpy(input(one));
    return { call: () => serializeNpy(X), arrays: (bytes) => [bytes] };
  },
  /** @param {Case} one */
  async saveSafetensors(one) {
    const X = await loadNpy(input(one));
    const path = written(one, 'array.safetensors');
    return writing(
      path,
      () => saveSafetensors(path, { X }),
      async () => xOf(await loadSafetensors(path)),
    );
  },
  /** @param {Case} one */
  async loadSafetensors(one) {
    const path = written(one, 'array.safetensors');
    await saveSafetensors(path, { X: await loadNpy(input(one)) });
    return { call: () => loadSafetensors(path), arrays: xOf };
  },
  /** @param {Case} one */
  async serializeSafetensors(one) {
    const X = await loadNpy(input(one));
    return {
      call: () => serializeSafetensors({ X }),
      arrays: (bytes) => xOf(parseSafetensors(bytes)),
      bytes: (bytes) => bytes.length,
    };
  },
  /** @param {Case} one */
  async parseSafetensors(one) {
    const bytes = serializeSafetensors({ X: await loadNpy(input(one)) });
    return { call: () => parseSafetensors(bytes), arrays: xOf };
  },
  /** @param {Case} one */
  exportOnnx(one) {
    const net = makeNet(one);
    const path = written(one, 'model.onnx');
    return writing(
      path,
      () => exportOnnx(net, path),
      async () => undefined,
    );
  },
  /** @param {Case} one */
  serializeOnnx(one) {
    const net = makeNet(one);
    return { call: () => serializeOnnx(net), arrays: () => undefined, bytes: (bytes) => bytes.length };
  },
  /** @param {Case} one */
  async loadKerasWeights(one) {
    const net = makeNet(one);
    return restoring(one, net, Object.values(net.params), loadKerasWeights);
  },
  /** @param {Case} one */
  async loadSklearnWeights(one) {
    const net = makeNet(one);
    const params = Object.values(net.params);
    const matrices = params.filter(({ shape }) => shape.length === 2);
    const rows = params.filter(({ shape }) => shape.length === 1);
    return restoring(one, net, [...matrices, ...rows], loadSklearnWeights);
  },
  /** @param {Case} one */
  saveTorchStateDict(one) {
    const net = makeNet(one);
    const path = written(one, 'state.safetensors');
    return writing(
      path,
      () => saveTorchStateDict(net, path),
      async () => undefined,
    );
  },
  /** @param {Case} one */
  async loadTorchStateDict(one) {
    const net = makeNet(one);
    const path = written(one, 'state.safetensors');
    await saveTorchStateDict(net, path);
    return { call: () => loadTorchStateDict(net, path), arrays: () => undefined, bytes: 0 };
  },
};

/**
 * From a file of arrays without names, as `np.savez(path, *arrays)` writes it.
 *
 * @param {Case} one
 * @param {ReturnType<typeof makeNet>} net
 * @param {readonly Tensor[]} arrays
 * @param {(net: ReturnType<typeof makeNet>, path: string) => Promise<void>} load
 * @returns {Promise<Prepared>}
 */
async function restoring(one, net, arrays, load) {
  const path = written(one, 'weights.npz');
  await saveNpz(path, Object.fromEntries(arrays.map((array, i) => [`arr_${i}`, array])));
  return { call: () => load(net, path), arrays: () => parametersOf(net), bytes: 0 };
}

/** @param {import('../../../dist/index.js').SafetensorsContents} contents */
const xOf = ({ tensors: { X } }) => (X instanceof Tensor ? [X.data] : []);
