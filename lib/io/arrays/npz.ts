import { Readable as Stream } from 'node:stream';
import { describe, shortened } from '../../core/describe.js';
import { ArgumentError, FormatError } from '../../core/errors.js';
import { arrayOf, boolean, checkOptions, checkValue, optional, record, string } from '../../core/options.js';
import { suggest } from '../../core/suggest.js';
import type { Tensor, TensorLike } from '../../core/tensors/tensor.js';
import { writeAtomically } from '../files/atomic-write.js';
import { zipFormats } from '../files/file-signatures.js';
import { type Expectation, refuseForeign, refuseForeignArchive } from '../files/foreign-file.js';
import { type Readable, type Source, withSource } from '../files/source.js';
import { listZip, type ZipMember } from '../files/zip.js';
import { readMember } from '../files/zip-member.js';
import { type StoredFile, storedZip } from '../files/zip-stored.js';
import { readNpy, writeNpy } from './npy.js';
import { NoNumbersError } from './npy-header.js';

export interface SaveNpzOptions {
  /** Deflate, as `np.savez_compressed` does; default false. */
  readonly compressed?: boolean;
}

export interface NpzOptions {
  /** The names of those that are wanted, as NumPy has them; the others, whatever they are, are passed over. Default: all. */
  readonly arrays?: readonly string[];
}

const suffix = '.npy';

/** What lies in the archive comes later. */
const anArchive: Expectation = { expected: 'an .npz archive', own: zipFormats };
const ofArrays: Expectation = { ...anArchive, own: ['npz'] };

/**
 * Reads the arrays of an archive that `np.savez` or `np.savez_compressed` saved, also one that was unpacked and packed again: its
 * folders are parts of the names (`data/X`), and what macOS adds is passed over.
 *
 * Arrays of text, of Python objects and of other things that are no real numbers are left out, so that they do not stand in the way
 * of the others. They are no entries of the result, but whoever asks for one by its name, `arrays.words`, gets the FormatError that
 * says what it holds. Those that the option `arrays` names must all be numbers, and without it at least one.
 * @param from a path, or the contents of a file
 * @returns tensors by name, as {@link loadNpy} returns them; the record has no prototype, so a file may name an array as it likes
 * @throws FormatError for a damaged file, one that inflates beyond 64 MiB and 1,000 times its length, a member that is no npy file,
 *   an array that holds no numbers among those that the option names, or no others, and as {@link loadNpy}
 * @throws ArgumentError for a file that cannot be read, or a wanted array that is not in it
 */
export async function loadNpz(from: Readable, options: NpzOptions = {}): Promise<Record<string, Tensor>> {
  const { arrays } = checkOptions('loadNpz', options, { arrays: optional(arrayOf(string)) });
  return withSource('loadNpz', from, async (source) => {
    await refuseForeign(source, anArchive);
    return readNpz(source, arrays);
  });
}

/** As {@link loadNpz}. */
export async function readNpz(source: Source, wanted?: readonly string[]): Promise<Record<string, Tensor>> {
  const members = await arraysIn(source, wanted === undefined);
  if (wanted !== undefined) checkWanted(source.name, members, wanted);
  const arrays = Object.create(null) as Record<string, Tensor>;
  let reason: NoNumbersError | undefined;
  for (const [name, member] of members) {
    if (wanted?.includes(name) === false) continue;
    try {
      arrays[name] = await readMember(source, member, readNpy);
    } catch (cause) {
      if (wanted !== undefined || !(cause instanceof NoNumbersError)) throw cause;
      leaveOut(arrays, name, cause);
      reason ??= cause;
    }
  }
  if (reason !== undefined && Object.keys(arrays).length === 0) throw reason;
  return arrays;
}

/**
 * The members that are arrays, by their names.
 * @param alone whether nothing else may be in the archive, but folders and what macOS adds
 * @throws FormatError for an archive of other things, or with others where there must be none
 */
async function arraysIn(source: Source, alone: boolean): Promise<ReadonlyMap<string, ZipMember>> {
  const members = (await listZip(source)).filter(({ name }) => !isOfMac(name));
  const arrays = members.filter(({ name }) => name.endsWith(suffix));
  if (arrays.length === 0) refuseForeignArchive(source.name, members, ofArrays);
  const others = members.filter(({ name }) => !name.endsWith(suffix));
  const other =
    others.find(({ name }) => !name.endsWith('/')) ?? (arrays.length === 0 ? others[0] : undefined);
  if (alone && other !== undefined) {
    throw new FormatError(
      `${source.name}: expected members that end in ${suffix} but received ${describe(other.name)}` +
        (arrays.length === 0 ? '' : '; the option arrays names those that are wanted'),
    );
  }
  return new Map(arrays.map((member) => [member.name.slice(0, -suffix.length), member]));
}

/** What macOS puts beside the files when it packs or shows a folder. */
function isOfMac(name: string): boolean {
  return name.startsWith('__MACOSX/') || /(?:^|\/)\.DS_Store$/.test(name);
}

function checkWanted(file: string, members: ReadonlyMap<string, ZipMember>, wanted: readonly string[]): void {
  const known = [...members.keys()];
  const missing = wanted.find((name) => !members.has(name));
  if (missing === undefined) return;
  const meant = suggest(missing, known);
  const hint =
    meant === undefined
      ? `there are ${known.slice(0, 20).map(shortened).join(', ') || 'none'}`
      : `did you mean ${shortened(meant)}?`;
  throw new ArgumentError(`${file}: expected an array ${describe(missing)} but it is not there; ${hint}`);
}

/** Nobody overlooks that an array is not there, and nobody is stopped by one that nobody asks for. */
function leaveOut(arrays: Record<string, Tensor>, name: string, reason: NoNumbersError): void {
  Object.defineProperty(arrays, name, {
    enumerable: false,
    configurable: true,
    get: () => {
      throw reason;
    },
  });
}

/**
 * Saves tensors as `np.savez` does, for `np.load`. What they hold at the call is written; the same tensors give the same bytes. The
 * file appears at once and whole.
 * @param arrays by name, without `.npy`: float32, float64, int32 or uint8; strided ones are written row-major
 * @throws ArgumentError for what is no tensor, a name that is none in a ZIP archive, or a file that cannot be written
 * @throws StateError for a disk that is full or fails; an old file is as it was
 */
export async function saveNpz(
  path: string | URL,
  arrays: Readonly<Record<string, TensorLike>>,
  options: SaveNpzOptions = {},
): Promise<void> {
  const { compressed } = checkOptions('saveNpz', options, { compressed: optional(boolean, false) });
  const named = checkValue('saveNpz: arrays', arrays, record);
  const files: readonly StoredFile[] = Object.entries(named).map(([name, values]) => {
    checkName(name);
    return { name: `${name}${suffix}`, bytes: writeNpy(`saveNpz: arrays.${name}`, values) };
  });
  await writeAtomically('saveNpz', path, compressed ? await deflatedZip(files) : storedZip(files));
}

async function deflatedZip(files: readonly StoredFile[]): Promise<AsyncIterable<Uint8Array>> {
  const { ZipFile } = await import('yazl');
  const zip = new ZipFile();
  for (const { name, bytes } of files) {
    zip.addReadStream(Stream.from(pieces(bytes)), name, {
      size: bytes.length,
      // Any moment that is always the same; the format counts in local time.
      mtime: new Date(2000, 0, 1),
      forceDosTimestamp: true,
      mode: 0o100600,
    });
  }
  zip.end();
  return zip.outputStream as AsyncIterable<Buffer> & typeof zip.outputStream;
}

function checkName(name: string): void {
  const bytes = Buffer.from(name);
  const fits = bytes.length + suffix.length <= 0xffff && bytes.toString() === name;
  if (fits && !/\\|\0|^\/|^[a-zA-Z]:/.test(name) && !name.split('/').includes('..')) return;
  throw new ArgumentError(
    `saveNpz: expected the names of arrays to be relative paths of a ZIP archive but received ${describe(name)}`,
  );
}

/** What is compressed at once is short, so that others get a turn. */
function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  const length = 1 << 18;
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length);
}
