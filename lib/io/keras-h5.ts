import { describe } from '../core/describe.js';
import { isArrayOf } from '../core/dtype.js';
import { ArgumentError, FormatError, GemmnetError } from '../core/errors.js';
import { allocate } from '../core/memory.js';
import { elementCount, formatShape } from '../core/shape.js';
import { Tensor } from '../core/tensor.js';
import { type Readable, readWhole, withSource } from './source.js';

type H5wasm = typeof import('h5wasm');

/** Counts the files that were opened in h5wasm's file system, which lies in memory. */
let opened = 0;

/** Counts the instances of h5wasm that a damaged file has brought down. */
let broken = 0;

/** The most that is read; h5wasm keeps a whole file in 32-bit memory. */
const mostBytes = 2 ** 30;

/** Keras 3's group of the layers, and that of TensorFlow 2.12 and 2.13. */
const layerGroups = ['layers', '_layer_checkpoint_dependencies'];

/**
 * Reads the variables of a `.weights.h5` file as Keras 3 writes it: `layers/dense/vars/0`, `layers/dense/vars/1`, `layers/dense_1/vars/0`, …
 * (https://github.com/keras-team/keras/blob/master/keras/src/saving/saving_lib.py).
 * @returns variables under their paths, layer by layer
 * @throws FormatError for a file that is damaged, or with layers other than Dense that have variables
 * @throws ArgumentError for a file that cannot be read, or without the package h5wasm
 */
export async function loadKerasH5(
  who: string,
  from: Readable,
): Promise<readonly { readonly name: string; readonly tensor: Tensor }[]> {
  const h5wasm = await importH5wasm(who);
  return withSource(who, from, async (source) => {
    const bytes = await readWhole(source, mostBytes);
    const library = await h5wasm.ready;
    const path = `gemmnet${opened++}.h5`;
    let file: InstanceType<H5wasm['File']> | undefined;
    try {
      library.FS.writeFile(path, bytes);
      // Else it prints what it does not like. Nothing else runs meanwhile that might rely on that.
      library.activate_throwing_error_handler();
      file = new h5wasm.File(path, 'r');
      return readLayers(h5wasm, file, source.name, Math.max(2 ** 26, 4 * bytes.length));
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
  });
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
    if (broken === 0) return await import('h5wasm');
    // Under another address the module is another one, with memory of its own.
    return (await import(`${import.meta.resolve('h5wasm')}?${broken}`)) as H5wasm;
  } catch (cause) {
    throw new ArgumentError(
      `${who}: expected the package h5wasm, which reads HDF5 files, but it cannot be imported: npm install h5wasm, ` +
        'or save with np.savez(path, *model.get_weights())',
      { cause },
    );
  }
}

/** @param limit bytes of variables */
function readLayers(
  { Group, Dataset }: H5wasm,
  file: InstanceType<H5wasm['File']>,
  name: string,
  limit: number,
): { name: string; tensor: Tensor }[] {
  const root = layerGroups.find((group) => file.keys().includes(group));
  const layers = root === undefined ? undefined : file.get(root);
  if (!(layers instanceof Group)) {
    throw new FormatError(
      `${name}: expected the group layers, as Keras 3's save_weights writes it, but received ${describe(file.keys())}`,
    );
  }
  const variables: { name: string; tensor: Tensor }[] = [];
  const kinds = new Set<string>();
  let left = limit;
  for (const layer of inOrder(layers.keys())) {
    const path = `${root}/${layer.name}/vars`;
    const vars = file.get(path);
    if (!(vars instanceof Group)) continue;
    for (const variable of inOrder(vars.keys())) {
      kinds.add(layer.kind);
      const what = `${path}/${variable.name}`;
      const tensor = readVariable(Dataset, file.get(what), `${name}: ${what}`, left);
      left -= tensor.data.byteLength;
      variables.push({ name: what, tensor });
    }
  }
  if (kinds.size === 1) return variables;
  throw new FormatError(
    `${name}: expected variables of Dense layers alone in ${root} but received those of ${describe([...kinds])}`,
  );
}

function readVariable(Dataset: H5wasm['Dataset'], entity: unknown, what: string, limit: number): Tensor {
  if (!(entity instanceof Dataset)) {
    throw new FormatError(`${what}: expected an array but received ${describe(entity)}`);
  }
  const { shape } = entity;
  const { size } = entity.metadata;
  if (shape === null || !(elementCount(shape) * size <= limit)) {
    throw new FormatError(
      `${what}: expected an array of at most ${limit} bytes but received shape ${shape === null ? 'none' : formatShape(shape)}`,
    );
  }
  const { value } = entity;
  if (!(isArrayOf('float32', value) || isArrayOf('float64', value))) {
    throw new FormatError(`${what}: expected numbers of float32 or float64 but received ${describe(value)}`);
  }
  const data = allocate(isArrayOf('float32', value) ? 'float32' : 'float64', value.length);
  data.set(value);
  return new Tensor(data, shape);
}

/** `dense`, `dense_1`, `dense_2`, …, `dense_10`: Keras counts each class, and HDF5 sorts by the alphabet. */
function inOrder(names: readonly string[]): { name: string; kind: string; number: number }[] {
  return names
    .map((name) => {
      const [, kind = name, number = '0'] = /^(?:(.+)_)?(\d+)$/.exec(name) ?? [];
      return { name, kind, number: Number(number) };
    })
    .sort((a, b) => a.number - b.number);
}
