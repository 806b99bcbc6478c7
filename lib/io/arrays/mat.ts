import { describe } from '../../core/describe.js';
import { ArgumentError, FormatError } from '../../core/errors.js';
import { arrayOf, checkOptions, optional, string } from '../../core/options.js';
import { Turns } from '../../core/process/turns.js';
import { suggest } from '../../core/suggest.js';
import type { Tensor } from '../../core/tensors/tensor.js';
import { refuseForeign } from '../files/foreign-file.js';
import { maxCompression, Unpacked, unpackedLimit } from '../files/gzip.js';
import { type Readable, type Source, withSource } from '../files/source.js';
import { otherKind, readMatrix, readMatrixHeader } from './mat-matrix.js';
import { type ByteStream, Elements, FileStream } from './mat-stream.js';
import type { ByteOrder } from './stored-type.js';

export interface MatOptions {
  /** The names of those that are wanted; the others, whatever they are, are passed over. Default: all. */
  readonly variables?: readonly string[];
}

const headerLength = 128;
const [matrix, compressed] = [14, 15];

/** Each costs some time, however small it is. MATLAB's editor would not show so many. */
const maxVariables = 10_000;

/**
 * Reads arrays of numbers from a MAT-file of level 5, as MATLAB writes with `-v6` and `-v7` (its default) and SciPy by
 * `savemat` (MathWorks, MAT-File Format, https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf).
 *
 * MATLAB's double becomes float64, single float32, uint8 and logical uint8, int8, int16, uint16 and int32 become int32; uint32,
 * int64 and uint64 become int32 if all fit, else float64. Vectors have two axes there, (N, 1) or (1, N), and so they have here.
 * @param from a path, or the contents of a file
 * @returns tensors by name, row-major, on shared memory; the record has no prototype, so a file may name a variable as it likes
 * @throws FormatError for a file that is damaged, or of another version; or for a variable among those wanted that is text, a cell
 *   array, a struct, sparse, complex or an object
 * @throws ArgumentError for a file that cannot be read, or a wanted variable that is not in it
 */
export async function loadMat(
  from: Readable,
  options: MatOptions = {},
): Promise<Readonly<Record<string, Tensor>>> {
  const { variables } = checkOptions('loadMat', options, { variables: optional(arrayOf(string)) });
  return withSource('loadMat', from, async (source) => {
    const { order, subsystem } = await readHeader(source);
    const reader = new MatReader(source, order, subsystem, variables);
    await reader.readAll();
    return reader.tensors;
  });
}

async function readHeader(
  source: Source,
): Promise<{ readonly order: ByteOrder; readonly subsystem: number }> {
  const { name, size } = source;
  const bytes = new Uint8Array(Math.min(headerLength, size));
  await source.read(bytes, 0);
  const remedy = "in MATLAB, save('x.mat', '-v7') writes one";
  const unsupported = (what: string) =>
    new FormatError(`${name}: expected a MAT-file of level 5 but received ${what}; ${remedy}`);
  if (startsWith(bytes, '\x89HDF') || startsWith(bytes, 'MATLAB 7.3')) {
    throw unsupported('one of version 7.3, which is an HDF5 file');
  }
  const little = bytes[126] === 0x49 && bytes[127] === 0x4d;
  const big = bytes[126] === 0x4d && bytes[127] === 0x49;
  if (!little && !big) {
    await refuseForeign(source, { expected: 'a MAT-file', own: ['mat'] });
    // The first number of level 4 is below 5,000, and text stands there in level 5.
    if (size >= 20 && bytes.subarray(0, 4).includes(0)) throw unsupported('one of level 4, or another file');
    throw new FormatError(
      `${name}: expected a MAT-file, with 'IM' or 'MI' at byte 126, but received another file`,
    );
  }
  const view = new DataView(bytes.buffer);
  const version = view.getUint16(124, little);
  if (version === 0x0200) throw unsupported('one of version 7.3, which is an HDF5 file');
  if (version !== 0x0100) {
    throw new FormatError(
      `${name}: expected version 0x0100 but received 0x${version.toString(16)} at byte 124`,
    );
  }
  return { order: little ? 'little' : 'big', subsystem: view.getUint32(116, little) };
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.subarray(0, text.length)).toString('latin1') === text;
}

/** Reads the variables of a file one after the other. */
class MatReader {
  readonly tensors = Object.create(null) as Record<string, Tensor>;
  readonly #source: Source;
  readonly #order: ByteOrder;
  /** Where what belongs to no variable lies. */
  readonly #subsystem: number;
  readonly #wanted: ReadonlySet<string> | undefined;
  readonly #names = new Set<string>();

  constructor(source: Source, order: ByteOrder, subsystem: number, wanted: readonly string[] | undefined) {
    this.#source = source;
    this.#order = order;
    this.#subsystem = subsystem;
    this.#wanted = wanted === undefined ? undefined : new Set(wanted);
  }

  async readAll(): Promise<void> {
    const { name, size } = this.#source;
    const stream = new FileStream(this.#source);
    await stream.skip(headerLength);
    const turns = new Turns();
    for (let count = 0; stream.position < size; count++) {
      if (count === maxVariables) {
        throw new FormatError(`${name}: expected at most ${maxVariables} variables but received more`);
      }
      const at = stream.position;
      const { type, length, small } = await new Elements(stream, this.#order, size - at, name).tag();
      const end = stream.position + length;
      if (small !== undefined || (type !== matrix && type !== compressed)) {
        throw new FormatError(
          `${name}: expected a matrix (type 14 or 15) but received type ${type} at byte ${at}`,
        );
      }
      if (type === matrix) await this.#readMatrix(stream, length, at);
      else await this.#readCompressed(at, stream.position, end);
      await stream.skip(end - stream.position);
      if (turns.isOver) await turns.next();
    }
    for (const each of this.#wanted ?? []) if (!this.#names.has(each)) throw this.#missing(each);
  }

  async #readCompressed(at: number, start: number, end: number): Promise<void> {
    const { name } = this.#source;
    const unpacked = new Unpacked(this.#source, 'zlib', start, end);
    try {
      const most = Math.min((end - start) * maxCompression, unpackedLimit(end - start));
      const { type, length } = await new Elements(unpacked, this.#order, most, name).tag();
      if (type !== matrix) {
        throw new FormatError(
          `${name}: expected a matrix (type 14) but received type ${type}, packed at byte ${start}`,
        );
      }
      const isRead = await this.#readMatrix(unpacked, length, at);
      if (isRead && !(await unpacked.isAtEnd())) {
        throw new FormatError(`${name}: expected one matrix but received more, packed at byte ${start}`);
      }
    } finally {
      await unpacked.close();
    }
  }

  /** @returns whether it was one of those wanted */
  async #readMatrix(stream: ByteStream, length: number, at: number): Promise<boolean> {
    const { name: file } = this.#source;
    const elements = new Elements(stream, this.#order, length, file);
    const header = await readMatrixHeader(elements);
    const { name } = header;
    if (name === '' && at === this.#subsystem) return false;
    if (this.#names.has(name)) throw elements.error('each variable once', `${describe(name)} again`, at);
    this.#names.add(name);
    if (this.#wanted !== undefined && !this.#wanted.has(name)) return false;
    const other = otherKind(header);
    if (other !== undefined) {
      throw new FormatError(
        `${file}: expected variable ${describe(name)} to be an array of real numbers but it is ${other}; ` +
          'the option variables names those that are wanted',
      );
    }
    this.tensors[name] = await readMatrix(elements, header);
    return true;
  }

  #missing(name: string): ArgumentError {
    const known = [...this.#names];
    const meant = suggest(name, known);
    const hint =
      meant === undefined ? `there are ${known.slice(0, 20).join(', ') || 'none'}` : `did you mean ${meant}?`;
    return new ArgumentError(
      `${this.#source.name}: expected a variable ${describe(name)} but it is not there; ${hint}`,
    );
  }
}
