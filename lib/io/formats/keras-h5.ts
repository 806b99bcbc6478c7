import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe } from '../../core/describe.js';
import { isArrayOf } from '../../core/dtype.js';
import { ArgumentError, FormatError, GemmnetError } from '../../core/errors.js';
import { fromBfloat16, fromFloat16 } from '../../core/float16.js';
import { allocate } from '../../core/memory.js';
import { requireFromPackage } from '../../core/process/package-place.js';
import { elementCount, formatShape } from '../../core/tensors/shape.js';
import { Tensor } from '../../core/tensors/tensor.js';
import { readWhole, type Source } from '../files/source.js';

type H5wasm = typeof import('h5wasm');
type File = InstanceType<H5wasm['File']>;
type Dataset = InstanceType<H5wasm['Dataset']>;

/** Counts the files that were opened in h5wasm's file system, which lies in memory. */
let opened = 0;

/** Counts the instances of h5wasm that a damaged file has brought down. */
let broken = 0;

/** The most that is read; h5wasm keeps a whole file in 32-bit memory. */
export const longestH5 = 2 ** 30;

/** Keras 3's group of the layers, and that of TensorFlow 2.12 and 2.13. */
const layerGroups = ['layers', '_layer_checkpoint_dependencies'];

/**
 * Reads the variables of a `.weights.h5` file as Keras 3 writes it: `layers/dense/vars/0`, `layers/dense/vars/1`, `layers/dense_1/vars/0`, …
 * (https://github.com/keras-team/keras/blob/master/keras/src/saving/saving_lib.py). Half precision, float16 and bfloat16, becomes float32.
 * @param who the reader, for errors
 * @returns variables under their paths, layer by layer
 * @throws FormatError for a file that is damaged, or with layers other than Dense that have variables
 * @throws ArgumentError for a file without the package h5wasm
 */
export async function readKerasH5(
  who: string,
  source: Source,
): Promise<readonly { readonly name: string; readonly tensor: Tensor }[]> {
  const h5wasm = await importH5wasm(who);
  const bytes = await readWhole(source, longestH5);
  const library = await h5wasm.ready;
  const path = `gemmnet${opened++}.h5`;
  let file: File | undefined;
  try {
    library.FS.writeFile(path, bytes);
    // Else it prints what it does not like. Nothing else runs meanwhile that might rely on that.
    library.activate_throwing_error_handler();
    file = new h5wasm.File(path, 'r');
    return new LayerReader(h5wasm, library, file, source.name, Math.max(2 ** 26, 4 * bytes.length)).read();
  } catch (cause) {
    if (cause instanceof GemmnetError) throw cause;
    // A trap, as WebAssembly.RuntimeError is named.
    if ((cause as Error).name === 'RuntimeError') broken++;
    throw new FormatError(
      `${source.name}: expected a sound HDF5 file but received a fault: ${reasonOf(cause)}`,
    );
  } finally {
    afterFault(() => library.deactivate_throwing_error_handler());
    afterFault(() => file?.close());
    // A fault may leave the file open, and with it what it holds.
    afterFault(() => library.FS.truncate(path, 0));
    afterFault(() => library.FS.unlink(path));
  }
}

/** Does what may fail because something else has failed before, which is what the caller is told. */
function afterFault(act: () => unknown): void {
  try {
    act();
  } catch {
    broken++;
  }
}

/** HDF5 tells its whole stack; the innermost reason comes last. */
function reasonOf(cause: unknown): string {
  const { message } = cause as Error;
  return message.match(/(?<=\(\): )[^\n]+/g)?.at(-1) ?? message.split('\n', 1)[0]!;
}

async function importH5wasm(who: string): Promise<H5wasm> {
  try {
    // It need not be installed, so no bundler is to see its name.
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ h5wasmUrl())) as H5wasm;
  } catch (cause) {
    throw new ArgumentError(
      `${who}: expected the package h5wasm, which reads HDF5 files, but it cannot be imported: npm install h5wasm, ` +
        'or save with np.savez(path, *model.get_weights())',
      { cause },
    );
  }
}

/** What `import.meta.resolve` says, which CommonJS lacks. Under another address the module is another one, with memory of its own. */
function h5wasmUrl(): string {
  const folders = requireFromPackage().resolve.paths('h5wasm') ?? [];
  const folder = folders.map((at) => join(at, 'h5wasm')).find((at) => existsSync(at));
  if (folder === undefined) throw new Error(`it is in none of ${folders.join(', ')}`);
  const manifest = join(folder, 'package.json');
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as H5wasmManifest;
  const url = new URL(exports['.'].import, pathToFileURL(manifest)).href;
  return broken === 0 ? url : `${url}?${broken}`;
}

interface H5wasmManifest {
  readonly exports: { readonly '.': { readonly import: string } };
}

/** A layer as Keras counts them: `dense_1` is number 1 of its kind. */
interface CountedName {
  readonly name: string;
  readonly kind: string;
  readonly number: number;
}

/** What layers have below them that they do not compute with: how Dropout draws. */
const noWeights: readonly string[] = ['vars', 'seed_generator'];

/** Groups within a layer, as those of a model within the model; files that link to themselves have no end. */
const maxDepth = 8;

/** Reads the layers of an open file. */
class LayerReader {
  readonly #h5wasm: H5wasm;
  readonly #library: Awaited<H5wasm['ready']>;
  readonly #file: File;
  readonly #name: string;
  /** Bytes that the variables may still take. */
  #left: number;

  constructor(h5wasm: H5wasm, library: Awaited<H5wasm['ready']>, file: File, name: string, limit: number) {
    this.#h5wasm = h5wasm;
    this.#library = library;
    this.#file = file;
    this.#name = name;
    this.#left = limit;
  }

  read(): { name: string; tensor: Tensor }[] {
    const root = this.#root();
    const variables = new Map<string, Dataset>();
    const kinds = new Set<string>();
    const others = new Set<string>();
    for (const layer of inOrder(this.#keys(root))) {
      const path = `${root}/${layer.name}`;
      const own = this.#variables(`${path}/vars`);
      const nested = this.#hasVariables(path, 0);
      if (own.length > 0 || nested) kinds.add(layer.kind);
      if (nested || (own.length > 0 && !isDense(own))) others.add(layer.kind);
      for (const { name, dataset } of own) variables.set(name, dataset);
    }
    if (others.size > 0 || kinds.size !== 1) throw this.#notDense(root, kinds);
    return [...variables].map(([name, dataset]) => ({ name, tensor: this.#variable(dataset, name) }));
  }

  /** The group of the layers. */
  #root(): string {
    const groups = this.#file.keys();
    const root = layerGroups.find((group) => groups.includes(group));
    if (root !== undefined && this.#file.get(root) instanceof this.#h5wasm.Group) return root;
    const older = groups.includes('model_weights')
      ? ", a model in Keras's older format; write model.save_weights('model.weights.h5')"
      : '';
    throw new FormatError(
      `${this.#name}: expected the group layers, as Keras 3's save_weights writes it, but received ${describe(groups)}${older}`,
    );
  }

  #keys(path: string): readonly string[] {
    const group = this.#file.get(path);
    return group instanceof this.#h5wasm.Group ? group.keys() : [];
  }

  #variables(path: string): { readonly name: string; readonly dataset: Dataset }[] {
    return inOrder(this.#keys(path)).map((variable) => {
      const name = `${path}/${variable.name}`;
      const dataset = this.#file.get(name);
      if (dataset instanceof this.#h5wasm.Dataset) return { name, dataset };
      throw new FormatError(`${this.#name}: ${name}: expected an array but received ${describe(dataset)}`);
    });
  }

  /** Whether a layer has variables of others within it. */
  #hasVariables(path: string, depth: number): boolean {
    return this.#keys(path).some((key) => {
      if (noWeights.includes(key))
        return depth > 0 && key === 'vars' && this.#keys(`${path}/vars`).length > 0;
      return depth === maxDepth || this.#hasVariables(`${path}/${key}`, depth + 1);
    });
  }

  #notDense(root: string, kinds: ReadonlySet<string>): FormatError {
    const received = kinds.size === 0 ? 'none' : `those of ${describe([...kinds])}`;
    const normalization = kinds.has('normalization')
      ? ', and have the model prepare its rows as Normalization does, by a preparation of their mean and variance'
      : '';
    return new FormatError(
      `${this.#name}: expected variables of Dense layers alone in ${root} but received ${received}; in Python, save theirs with ` +
        `np.savez(path, *[w for layer in model.layers if isinstance(layer, keras.layers.Dense) for w in layer.get_weights()])${normalization}`,
    );
  }

  #variable(dataset: Dataset, path: string): Tensor {
    const what = `${this.#name}: ${path}`;
    const { shape, metadata } = dataset;
    if (shape === null || !(elementCount(shape) * Math.max(metadata.size, 4) <= this.#left)) {
      throw new FormatError(
        `${what}: expected an array of at most ${this.#left} bytes but received shape ${shape === null ? 'none' : formatShape(shape)}`,
      );
    }
    const read = halfPrecision(dataset);
    const value = read === undefined ? dataset.value : this.#halves(dataset, read);
    if (!(isArrayOf('float32', value) || isArrayOf('float64', value))) {
      throw new FormatError(
        `${what}: expected numbers of float16, bfloat16, float32 or float64 but received ${describe(value)}`,
      );
    }
    const data = allocate(isArrayOf('float32', value) ? 'float32' : 'float64', value.length);
    data.set(value);
    this.#left -= data.byteLength;
    return new Tensor(data, shape);
  }

  /** Numbers that h5wasm makes nothing of, from their bytes. */
  #halves({ file_id, path, shape, metadata }: Dataset, read: (bits: number) => number): Float32Array {
    const library = this.#library;
    const length = 2 * elementCount(shape!);
    const address = library._malloc(length);
    try {
      library.get_dataset_data(file_id, path, null, null, null, BigInt(address));
      const { buffer } = library.HEAPU8;
      const view = new DataView(buffer, address, length);
      // To HDF5, what Keras writes of bfloat16 is no number, and has no order.
      const littleEndian = metadata.littleEndian || read === fromBfloat16;
      return Float32Array.from({ length: length / 2 }, (_, i) => read(view.getUint16(2 * i, littleEndian)));
    } finally {
      library._free(address);
    }
  }
}

/** A kernel, and perhaps a bias. */
function isDense(variables: readonly { readonly dataset: Dataset }[]): boolean {
  const ranks = variables.map(({ dataset }) => dataset.shape?.length);
  return ranks.length <= 2 && ranks[0] === 2 && (ranks.length < 2 || ranks[1] === 1);
}

/** HDF5's classes of types: floats, and bytes that it knows nothing of. */
const [floatClass, opaqueClass] = [1, 5];

/** How to read the bits of half precision, if it is that. */
function halfPrecision({ metadata, attrs }: Dataset): ((bits: number) => number) | undefined {
  if (metadata.size !== 2) return undefined;
  if (metadata.type === floatClass) return fromFloat16;
  return metadata.type === opaqueClass && attrs.dtype?.value === 'bfloat16' ? fromBfloat16 : undefined;
}

/** `dense`, `dense_1`, `dense_2`, …, `dense_10`: Keras counts each class, and HDF5 sorts by the alphabet. */
function inOrder(names: readonly string[]): CountedName[] {
  return names
    .map((name) => {
      const [, kind = name, number = '0'] = /^(?:(.+)_)?(\d+)$/.exec(name) ?? [];
      return { name, kind, number: Number(number) };
    })
    .sort((a, b) => a.number - b.number);
}
