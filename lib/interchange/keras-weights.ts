import { describe } from '../core/describe.js';
import { FormatError } from '../core/errors.js';
import { type Expectation, refuseForeign } from '../io/files/foreign-file.js';
import { type Readable, readWhole, type Source, sourceOf, withSource } from '../io/files/source.js';
import { listZip } from '../io/files/zip.js';
import { readMember } from '../io/files/zip-member.js';
import { longestH5, readKerasH5 } from '../io/formats/keras-h5.js';
import type { AnyModel } from '../models/model.js';
import { type FileTensor, type LayerWeights, linearLayers, restoreLayers } from './layer-weights.js';
import { nameOf, ofArrays, type Tensors, tensorsOf } from './weight-files.js';

/** What holds the weights in a .keras archive. */
const weightsMember = 'model.weights.h5';

const viaNumpy = 'in Python, np.savez(path, *model.get_weights()) writes its weights';

const kerasFile: Expectation = {
  expected: 'the weights of a Keras model, in a .keras, .weights.h5 or .npz file,',
  own: ['hdf5', 'keras', ...ofArrays.own],
  remedies: {
    pickle: viaNumpy,
    sklearn: 'loadSklearnWeights reads such nets, from an .npz file',
    torch: 'loadTorchStateDict reads such nets, from a .safetensors file',
  },
};

/**
 * Puts the weights of a Keras model of Dense layers into a model of the same layers: from an .npz file that was written with
 * `np.savez(path, *model.get_weights())`, from the `.weights.h5` file of Keras 3's `model.save_weights(path)`, or from the `.keras` archive
 * of its `model.save(path)`, which has such a file in it. The package h5wasm must be installed for these two. Activations are not in such
 * a file (those of a `.keras` archive are not looked at): they must be the model's. A layer without a bias gets zeros, and half precision
 * becomes the model's dtype.
 * @param from a path, or the contents of a file
 * @throws FormatError for a file that is none of these, or holds anything else than kernels and biases
 * @throws ShapeError for other layers than the model has; it is as it was
 * @throws ArgumentError for a file that cannot be read, a model with a layer of your own that has parameters, or an HDF5 file without
 *   the package h5wasm
 * @throws StateError while steps of a training are running
 */
export async function loadKerasWeights(model: AnyModel, from: Readable): Promise<void> {
  const who = 'loadKerasWeights';
  linearLayers(who, model);
  const tensors = await withSource(who, from, (source) => readVariables(who, source));
  restoreLayers(nameOf(who, from), model, weightsOf(tensors));
}

async function readVariables(who: string, source: Source): Promise<readonly FileTensor[]> {
  const format = (await refuseForeign(source, kerasFile))?.format;
  if (format === 'hdf5') return readKerasH5(who, source);
  if (format === 'keras') return readArchive(who, source);
  return inOrder(source.name, await tensorsOf(source, format));
}

async function readArchive(who: string, source: Source): Promise<readonly FileTensor[]> {
  const members = await listZip(source);
  const weights = members.find(({ name }) => name === weightsMember);
  if (weights !== undefined) {
    // Whole, and found to be undamaged, before it is looked into.
    const bytes = await readMember(source, weights, (contents) => readWhole(contents, longestH5));
    return readKerasH5(who, sourceOf(`${source.name}: ${weightsMember}`, bytes));
  }
  throw new FormatError(
    `${source.name}: expected a .keras archive with ${weightsMember} in it, as Keras 3 writes it, but received members ` +
      describe(members.map(({ name }) => name)),
  );
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
