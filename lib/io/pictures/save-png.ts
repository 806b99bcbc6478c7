import { expectation } from '../../core/describe.js';
import { ArgumentError, ShapeError } from '../../core/errors.js';
import { formatShape } from '../../core/tensors/shape.js';
import { asTensor, type TensorLike } from '../../core/tensors/tensor.js';
import { writeAtomically } from '../files/atomic-write.js';
import { encodePng } from './png.js';

/**
 * Writes a picture as a PNG file, which appears at once and whole.
 * @param image uint8 (or integers in 0 … 255) of shape (H, W) or (H, W, C): grey, grey with alpha, RGB or RGB with alpha
 * @throws ShapeError for another shape, or no pixels
 * @throws ArgumentError for other values, or a file that cannot be written
 * @throws StateError for a disk that is full or fails; an old file is as it was
 */
export async function savePng(path: string | URL, image: TensorLike): Promise<void> {
  const given = asTensor(image, 'savePng: image', { dtype: ['uint8', 'int32', 'float32', 'float64'] });
  if (given.dtype === 'float32' || given.dtype === 'float64') {
    throw new ArgumentError(
      expectation(
        'savePng: image',
        'to be of dtype uint8',
        `${given.dtype}; bring its values to 0 … 255, round them, and make it a tensor with { dtype: 'uint8' }`,
      ),
    );
  }
  const pixels = asTensor(given, 'savePng: image', { dtype: 'uint8', convert: true });
  const [height = 0, width = 0, channels = 1] = pixels.shape;
  if (pixels.rank < 2 || pixels.rank > 3 || pixels.size === 0 || channels > 4) {
    throw new ShapeError(
      expectation(
        'savePng: image',
        'to have shape (H, W) or (H, W, C) with pixels, of at most 4 channels,',
        formatShape(pixels.shape),
      ),
    );
  }
  await writeAtomically(
    'savePng',
    path,
    await encodePng(height, width, channels, pixels.elements() as Uint8Array),
  );
}
