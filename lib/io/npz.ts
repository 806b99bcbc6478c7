import { Readable as Stream } from 'node:stream';
import { describe } from '../core/describe.js';
import { ArgumentError, FormatError } from '../core/errors.js';
import { boolean, checkOptions, checkValue, optional, record } from '../core/options.js';
import type { Tensor, TensorLike } from '../core/tensor.js';
import { writeAtomically } from './atomic-write.js';
import { readNpy, writeNpy } from './npy.js';
import { type Readable, withSource } from './source.js';
import { listZip } from './zip.js';
import { readMember } from './zip-member.js';

export interface SaveNpzOptions {
  /** Deflate, as `np.savez_compressed` does; default false. */
  readonly compressed?: boolean;
}

const suffix = '.npy';

/**
 * Reads the arrays of an archive that `np.savez` or `np.savez_compressed` saved.
 * @param from a path, or the contents of a file
 * @returns tensors by name, as {@link loadNpy} returns them; the record has no prototype, so a file may name an array as it likes
 * @throws FormatError for a damaged file, one that inflates beyond 64 MiB and 1,000 times its length, a member that is no npy file,
 *   and as {@link loadNpy}
 * @throws ArgumentError for a file that cannot be read
 */
export async function loadNpz(from: Readable): Promise<Record<string, Tensor>> {
  return withSource('loadNpz', from, async (source) => {
    const members = await listZip(source);
    const other = members.find(({ name }) => !name.endsWith(suffix));
    if (other !== undefined) {
      throw new FormatError(
        `${source.name}: expected members that end in ${suffix} but received ${describe(other.name)}`,
      );
    }
    const arrays = Object.create(null) as Record<string, Tensor>;
    for (const member of members) {
      arrays[member.name.slice(0, -suffix.length)] = await readMember(source, member, readNpy);
    }
    return arrays;
  });
}

/**
 * Saves tensors as `np.savez` does, for `np.load`. What they hold at the call is written; the same tensors give the same bytes. The
 * file appears at once and whole.
 * @param arrays by name, without `.npy`: float32, float64, int32 or uint8; strided ones are written row-major
 * @throws ArgumentError for what is no tensor, a name that is none in a ZIP archive, or a file that cannot be written
 */
export async function saveNpz(
  path: string | URL,
  arrays: Readonly<Record<string, TensorLike>>,
  options: SaveNpzOptions = {},
): Promise<void> {
  const { compressed } = checkOptions('saveNpz', options, { compressed: optional(boolean, false) });
  const named = checkValue('saveNpz: arrays', arrays, record);
  const files = Object.entries(named).map(([name, values]) => {
    checkName(name);
    return { name: `${name}${suffix}`, bytes: writeNpy(`saveNpz: arrays.${name}`, values) };
  });
  const { ZipFile } = await import('yazl');
  const zip = new ZipFile();
  for (const { name, bytes } of files) {
    zip.addReadStream(Stream.from(pieces(bytes)), name, {
      compress: compressed,
      size: bytes.length,
      // Any moment that is always the same; the format counts in local time.
      mtime: new Date(2000, 0, 1),
      forceDosTimestamp: true,
      mode: 0o100600,
    });
  }
  zip.end();
  await writeAtomically('saveNpz', path, zip.outputStream as AsyncIterable<Buffer> & typeof zip.outputStream);
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
