import { describe } from '../core/describe.js';
import { FormatError } from '../core/errors.js';
import { loadKerasH5 } from '../io/keras-h5.js';
import type { Readable } from '../io/source.js';
import { type FileTensor, type LayerWeights, linearLayers, restoreLayers } from './layer-weights.js';
import type { Model } from './model.js';
import { beginning, nameOf, readTensors, type Tensors } from './weight-files.js';

/**
 * Puts the weights of a Keras model of Dense layers into a model of the same layers: from an .npz file that was written with
 * `np.savez(path, *model.get_weights())`, or from the `.weights.h5` file of Keras 3's `model.save_weights(path)`, for which the
 * package h5wasm must be installed. Activations are not in such a file: they must be the model's. A layer without a bias gets zeros.
 * @param from a path, or the contents of a file
 * @throws FormatError for a file that is neither, or holds anything else than kernels and biases
 * @throws ShapeError for other layers than the model has; it is as it was
 * @throws ArgumentError for a file that cannot be read, a model with a layer of your own that has parameters, or an HDF5 file without
 *   the package h5wasm
 * @throws StateError while steps of a training are running
 */
export async function loadKerasWeights(model: Model, from: Readable): Promise<void> {
  const who = 'loadKerasWeights';
  linearLayers(who, model);
  const file = nameOf(who, from);
  const tensors = isHdf5(await beginning(who, from))
    ? await loadKerasH5(who, from)
    : inOrder(file, await readTensors(who, from));
  restoreLayers(file, model, weightsOf(tensors));
}

/** The signature of the format. */
function isHdf5(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).toString('latin1').startsWith('\x89HDF\r\n\x1a\n');
}

/** `arr_0`, `arr_1`, …: what np.savez calls arrays without names. */
function inOrder(who: string, tensors: Tensors): readonly FileTensor[] {
  return Object.keys(tensors).map((_, i, names) => {
    const name = `arr_${i}`;
    const tensor = tensors[name];
    if (tensor !== undefined) return { name, tensor };
    throw new FormatError(
      `${who}: expected the arrays arr_0 … arr_${names.length - 1}, as np.savez(path, *model.get_weights()) writes them, but received ` +
        describe(names),
    );
  });
}

/** A matrix is a kernel, and a row after it is its bias. */
function weightsOf(tensors: readonly FileTensor[]): readonly LayerWeights[] {
  const weights: LayerWeights[] = [];
  for (const each of tensors) {
    const last = weights.at(-1);
    if (each.tensor.rank === 1 && last !== undefined && last.bias === undefined) {
      weights.splice(-1, 1, { ...last, bias: each });
    } else {
      weights.push({ weight: each, layout: 'inOut' });
    }
  }
  return weights;
}
