import { swapUnlessNative } from '../../core/byte-order.js';
import { arrayTypes, sizeOf } from '../../core/dtype.js';
import { allocateResult } from '../../core/memory.js';
import { copyRowMajor } from '../../core/tensors/strided.js';
import { asTensor, type Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import { writeAtomically } from '../files/atomic-write.js';
import { refuseForeign } from '../files/foreign-file.js';
import { type Readable, type Source, withSource } from '../files/source.js';
import { readNpyHeader, writeNpyHeader } from './npy-header.js';
import { fillFrom, readStoredArray } from './stored-array.js';
import { numpyTypes, storedTypes } from './stored-type.js';

/**
 * Reads an array that NumPy saved (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, versions 1.0, 2.0 and 3.0),
 * of either byte order. float32, float64, int32 and uint8 stay what they are. float16 becomes float32; bool uint8; int8, int16 and
 * uint16 int32; uint32, int64 and uint64 int32 if all elements fit, else float64.
 * @param from a path, or the contents of a file
 * @returns a tensor on shared memory; row-major, or of an array in Fortran order a view with the strides of one, as NumPy does
 *   (`contiguous()` makes it row-major)
 * @throws FormatError for a file that is not just as the format says, another dtype (nothing pickled is ever executed), or an integer
 *   beyond ±2⁵³
 * @throws ArgumentError for a file that cannot be read
 */
export async function loadNpy(from: Readable): Promise<Tensor> {
  return withSource('loadNpy', from, async (source) => {
    await refuseForeign(source, {
      expected: 'an .npy file',
      own: ['npy'],
      remedies: { zip: 'loadNpz reads archives of arrays' },
    });
    return readNpy(source);
  });
}

/**
 * Saves a tensor as `np.save` saves a C-contiguous array: the same bytes. What the tensor holds at the call is written. The file
 * appears at once and whole.
 * @param values float32, float64, int32 or uint8; strided ones are written row-major
 * @throws ArgumentError for what is no tensor, or a file that cannot be written
 * @throws StateError for a disk that is full or fails; an old file is as it was
 */
export async function saveNpy(path: string | URL, values: TensorLike): Promise<void> {
  await writeAtomically('saveNpy', path, writeNpy('saveNpy: tensor', values));
}

/**
 * The contents of an npy file as bytes. The same tensor gives the same bytes.
 * @throws ArgumentError for what is no tensor
 */
export function serializeNpy(values: TensorLike): Uint8Array {
  return writeNpy('serializeNpy: tensor', values);
}

/**
 * Reads an npy file from its start to its end, each byte once.
 * @throws FormatError as {@link loadNpy}
 */
export async function readNpy(source: Source): Promise<Tensor> {
  const { code, order, shape, fortranOrder, bodyStart } = await readNpyHeader(source);
  const type = numpyTypes[code];
  const { target } = storedTypes[type];
  return readStoredArray(
    { type, byteOrder: order, shape, columnMajor: fortranOrder, target, start: bodyStart },
    fillFrom(source, bodyStart),
    source.name,
    'stored',
  );
}

/** @param what names the tensor in errors: `saveNpz: arrays.X` */
export function writeNpy(what: string, values: unknown): Uint8Array {
  const tensor = asTensor(values, what);
  const head = writeNpyHeader(tensor.dtype, tensor.shape);
  const bytes = allocateResult('uint8', head.length + tensor.size * sizeOf(tensor.dtype));
  bytes.set(head);
  const data = new arrayTypes[tensor.dtype](bytes.buffer, head.length, tensor.size);
  tensor.assertAlive(what);
  copyRowMajor(tensor, data);
  swapUnlessNative(data, 'little');
  return bytes;
}
