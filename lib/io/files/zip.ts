import type { Entry, ZipFile } from 'yauzl';
import { describe } from '../../core/describe.js';
import { FormatError } from '../../core/errors.js';
import { maxCompression, unpackedLimit } from './gzip.js';
import type { Source } from './source.js';

/** A file in a ZIP archive. */
export interface ZipMember {
  readonly name: string;
  /** Bytes, inflated. */
  readonly size: number;
  readonly crc32: number;
  readonly deflated: boolean;
  /** Where it lies in the archive: its header, its bytes, and one past them. */
  readonly headerStart: number;
  readonly start: number;
  readonly end: number;
}

/** As many as the format had room for before ZIP64. */
const maxMembers = 65_535;

/**
 * Lists the members of a ZIP archive (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), with ZIP64. Whoever reads them
 * all takes no more memory than is reasonable for a file of this length: no two members share bytes, and what they claim to
 * inflate to is possible, and beyond 64 MiB not more than 1,000 times the file.
 * @returns the members in the directory's order, each under a relative name that no other has
 * @throws FormatError for another or a damaged file, and for members that are encrypted or neither stored nor deflated
 */
export async function listZip(source: Source): Promise<readonly ZipMember[]> {
  const members = await readDirectory(source);
  checkOverlap(members, source.name);
  const total = members.reduce((sum, { size }) => sum + size, 0);
  const limit = unpackedLimit(source.size);
  if (total > limit) {
    throw new FormatError(
      `${source.name}: expected an archive of ${source.size} bytes to inflate to at most ${limit} but received members of ` +
        `${total} bytes in all`,
    );
  }
  return members;
}

async function readDirectory(source: Source): Promise<readonly ZipMember[]> {
  const { fromRandomAccessReaderPromise, RandomAccessReader } = await import('yauzl');
  let unreadable: unknown;

  class SourceReader extends RandomAccessReader {
    override read(
      buffer: Buffer,
      offset: number,
      length: number,
      position: number,
      callback: (error: Error | null, bytesRead?: number) => void,
    ): void {
      if (position + length > source.size) {
        callback(new Error(`byte ${position + length} is beyond the file's end, ${source.size}`));
        return;
      }
      source.read(buffer.subarray(offset, offset + length), position).then(
        () => callback(null, length),
        (cause) => {
          unreadable = cause;
          callback(cause);
        },
      );
    }
  }

  try {
    const zip = await fromRandomAccessReaderPromise(new SourceReader(), source.size, {
      autoClose: false,
      // Else it makes slashes of backslashes.
      strictFileNames: true,
    });
    if (zip.entryCount > maxMembers) {
      throw new FormatError(
        `${source.name}: expected at most ${maxMembers} members but received ${zip.entryCount}`,
      );
    }
    const members = new Map<string, ZipMember>();
    for await (const entry of zip.eachEntry()) {
      const member = await readEntry(zip, entry, source.name);
      if (members.has(member.name)) {
        throw new FormatError(
          `${source.name}: expected members of different names but received two of ${describe(member.name)}`,
        );
      }
      members.set(member.name, member);
    }
    return [...members.values()];
  } catch (cause) {
    if (unreadable !== undefined) throw unreadable;
    if (cause instanceof FormatError) throw cause;
    throw new FormatError(
      `${source.name}: expected a sound ZIP archive but received a fault: ${(cause as Error).message.slice(0, 200)}`,
      { cause },
    );
  }
}

/** @throws FormatError for a member that cannot be read, or whose two headers disagree */
async function readEntry(zip: ZipFile, entry: Entry, archive: string): Promise<ZipMember> {
  const { fileName: name, uncompressedSize: size, compressedSize, compressionMethod: method } = entry;
  const what = `${archive}: member ${describe(name)}`;
  if (entry.isEncrypted())
    throw new FormatError(`${what}: expected it not to be encrypted but received it so`);
  if (method !== 0 && method !== 8) {
    throw new FormatError(
      `${what}: expected it to be stored (method 0) or deflated (8) but received method ${method}`,
    );
  }
  if (size > compressedSize * maxCompression) {
    throw new FormatError(
      `${what}: expected ${compressedSize} bytes to inflate to at most ${compressedSize * maxCompression} but received a claim of ${size}`,
    );
  }
  const local = await zip.readLocalFileHeaderPromise(entry);
  if (!local.fileName.equals(entry.fileNameRaw) || local.compressionMethod !== method) {
    throw new FormatError(
      `${what}: expected the header at byte ${entry.relativeOffsetOfLocalHeader} to have the name and the method of the directory ` +
        `but received ${describe(local.fileName.toString())} and method ${local.compressionMethod}`,
    );
  }
  const start = local.fileDataStart;
  return {
    name,
    size,
    crc32: entry.crc32,
    deflated: method === 8,
    headerStart: entry.relativeOffsetOfLocalHeader,
    start,
    end: start + compressedSize,
  };
}

function checkOverlap(members: readonly ZipMember[], archive: string): void {
  let end = 0;
  for (const member of members.toSorted((a, b) => a.headerStart - b.headerStart)) {
    if (member.headerStart < end) {
      throw new FormatError(
        `${archive}: expected member ${describe(member.name)} to begin at byte ${end} or later, after the one before, but received ` +
          `byte ${member.headerStart}`,
      );
    }
    end = member.end;
  }
}
