import { describe } from '../core/describe.js';
import { FormatError } from '../core/errors.js';
import { allocate } from '../core/memory.js';
import { Tensor } from '../core/tensors/tensor.js';
import type { Readable } from '../io/files/source.js';
import type { AnyModel } from '../models/model.js';
import { type FileTensor, type LayerWeights, linearLayers, restoreLayers, sizesOf } from './layer-weights.js';
import { nameOf, readTensors, type Tensors } from './weight-files.js';

const viaNumpy = "in Python, np.savez('mlp.npz', *mlp.coefs_, *mlp.intercepts_) writes its weights";
const remedies = {
  pickle: viaNumpy,
  sklearn: viaNumpy,
  'pickle.zlib': viaNumpy,
  'sklearn.zlib': viaNumpy,
  'pickle.gz': viaNumpy,
  'sklearn.gz': viaNumpy,
};

/**
 * Puts the weights of scikit-learn's `MLPClassifier` or `MLPRegressor` into a model of the same layers, from an .npz file that was written
 * with `np.savez(path, *clf.coefs_, *clf.intercepts_)`, or with the keys `coefs_0`, `coefs_1`, …, `intercepts_0`, ….
 * Activations are not in such a file: they must be the model's (scikit-learn's `logistic` is `sigmoid`). `predict_proba` is the softmax of
 * the model's scores, and class i is `clf.classes_[i]`.
 *
 * A classifier of two classes has one logistic output z there. A model with two classes gets the scores (0, z), of which the softmax
 * is the same probabilities.
 * @param from a path, or the contents of a file
 * @throws FormatError for a file that is no .npz file or holds anything else
 * @throws ShapeError for other layers than the model has; it is as it was
 * @throws ArgumentError for a file that cannot be read, or a model with a layer of your own that has parameters
 * @throws StateError while steps of a training are running
 */
export async function loadSklearnWeights(model: AnyModel, from: Readable): Promise<void> {
  const who = 'loadSklearnWeights';
  const layers = linearLayers(who, model);
  const tensors = await readTensors(who, from, remedies);
  const file = nameOf(who, from);
  const weights = weightsOf(file, tensors);
  const last = weights.at(-1)!;
  const isBinary = sizesOf(last)[1] === 1 && last.bias?.tensor.size === 1 && layers.at(-1)?.outputSize === 2;
  restoreLayers(file, model, isBinary ? weights.with(-1, withZeroScore(last)) : weights);
}

/** By their keys, or by their positions: first all matrices, then all rows. */
function weightsOf(who: string, tensors: Tensors): readonly LayerWeights[] {
  const named = 'coefs_0' in tensors;
  const names = Object.keys(tensors);
  const count = Math.ceil(names.length / 2);
  const weights: LayerWeights[] = [];
  for (let i = 0; i < count; i++) {
    const find = (name: string): FileTensor => {
      const tensor = tensors[name];
      if (tensor !== undefined) return { name, tensor };
      throw new FormatError(
        `${who}: expected ${named ? 'coefs_0, …, intercepts_0, …' : 'arr_0, …, arr_n, or coefs_0, …, intercepts_0, …,'} ` +
          `with ${name} among them, but received ${describe(names)}`,
      );
    };
    weights.push({
      weight: find(named ? `coefs_${i}` : `arr_${i}`),
      layout: 'inOut',
      bias: find(named ? `intercepts_${i}` : `arr_${i + count}`),
    });
  }
  if (weights.length > 0) return weights;
  throw new FormatError(`${who}: expected coefs_ and intercepts_ of a classifier but received no arrays`);
}

/** The same layer with a column of zeros in front: an output z becomes (0, z). */
function withZeroScore(layer: LayerWeights): LayerWeights {
  return {
    ...layer,
    weight: { ...layer.weight, tensor: withZeroColumn(layer.weight.tensor) },
    bias: layer.bias && { ...layer.bias, tensor: withZeroColumn(layer.bias.tensor) },
  };
}

/** (…, 1) to (…, 2). */
function withZeroColumn(tensor: Tensor): Tensor {
  const data = allocate(tensor.dtype, 2 * tensor.size);
  let at = 1;
  for (const value of tensor) {
    data[at] = value;
    at += 2;
  }
  return new Tensor(data, [...tensor.shape.slice(0, -1), 2]);
}
