import { ArgumentError, FormatError } from '../../core/errors.js';
import { formatShape } from '../../core/tensors/shape.js';
import { asLabels, type Tensor } from '../../core/tensors/tensor.js';
import { loadIdx } from '../../io/arrays/idx.js';
import type { DataSet } from '../data-set.js';
import { checkFolder, findFile, namesIn } from './data-folder.js';

const numClasses = 10;

/**
 * Reads MNIST (LeCun, Cortes & Burges) from its four idx files, gzip-compressed or not, in file order. Also what comes in files
 * of the same names, as Fashion-MNIST and Kuzushiji-MNIST.
 * @param folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte
 *   (or `.idx3-ubyte`, or with `.gz`); each may also lie in a folder of its own name, as some downloads unpack
 * @returns pixels 0 … 255 of shape (60000, 784) and (10000, 784), and the digits 0 … 9
 * @throws ArgumentError for a file that is missing
 * @throws FormatError for a file that is damaged, or images and labels that are not equally many
 */
export async function loadMnist(folder: string): Promise<DataSet> {
  checkFolder('loadMnist', folder, 'mnist');
  const names = await namesIn('loadMnist', folder);
  const [XTrain, yTrain] = await loadPair(folder, names, 'train');
  const [XTest, yTest] = await loadPair(folder, names, 't10k');
  const [trainPixels, testPixels] = [XTrain.shape[1], XTest.shape[1]];
  if (trainPixels !== testPixels) {
    throw new FormatError(
      `loadMnist: expected test images of ${trainPixels} pixels, as the training images have, but received ${testPixels}`,
    );
  }
  return { XTrain, yTrain, XTest, yTest };
}

async function loadPair(
  folder: string,
  names: readonly string[],
  part: string,
): Promise<[Tensor, Int32Array]> {
  const imageFile = await findIdx(folder, names, `${part}-images`, 'idx3-ubyte');
  const labelFile = await findIdx(folder, names, `${part}-labels`, 'idx1-ubyte');
  const images = await loadIdx(imageFile);
  const labels = await loadIdx(labelFile);
  const [count, height, width, ...more] = images.shape;
  if (
    count === undefined ||
    height === undefined ||
    width === undefined ||
    more.length > 0 ||
    images.dtype !== 'uint8'
  ) {
    const received = `${images.dtype} of shape ${formatShape(images.shape)}`;
    throw new FormatError(
      `loadMnist: ${imageFile}: expected bytes of shape (N, height, width) but received ${received}`,
    );
  }
  if (labels.rank !== 1 || labels.size !== count) {
    throw new FormatError(
      `loadMnist: ${labelFile}: expected ${count} labels, as there are images, but received shape ${formatShape(labels.shape)}`,
    );
  }
  const wrong = labels.elements().findIndex((label: number) => label >= numClasses);
  if (wrong >= 0) {
    // An idx header of one axis has 8 bytes.
    throw new FormatError(
      `loadMnist: ${labelFile}: expected labels in 0 … ${numClasses - 1} but received ${labels.get(wrong)} at byte ${8 + wrong}`,
    );
  }
  return [images.reshape(count, height * width), asLabels(labels, count, numClasses, 'loadMnist: labels')];
}

async function findIdx(
  folder: string,
  names: readonly string[],
  stem: string,
  ending: string,
): Promise<string> {
  const spellings = [`${stem}-${ending}`, `${stem}.${ending}`].flatMap((name) => [name, `${name}.gz`]);
  const found = await findFile(folder, names, spellings);
  if (found !== undefined) return found;
  throw new ArgumentError(
    `loadMnist: expected ${stem}-${ending} or ${stem}-${ending}.gz in ${folder} but it is not there`,
  );
}
