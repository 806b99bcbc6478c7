import { type FileHandle, open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isUrl } from '../../core/built-ins.js';
import { describe, expectation } from '../../core/describe.js';
import { ArgumentError, StateError } from '../../core/errors.js';
import { checkValue, nonNegativeInteger } from '../../core/options.js';
import { fileError, makeFolders } from '../../core/process/files.js';
import { crc32c } from './crc32c.js';
import { ProtobufWriter } from './protobuf.js';

/** Bytes that are gathered before they are written without being asked to. */
const mostGathered = 1 << 16;

/**
 * Writes numbers into an event file that TensorBoard shows: TFRecords (https://www.tensorflow.org/tutorials/load_data/tfrecord) of
 * `Event` messages (https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto). The file is
 * `events.out.tfevents.<seconds>.<host>`, made when the first numbers are written, as is the folder.
 *
 * ```ts
 * const board = new TensorBoardWriter('runs/1');
 * board.scalar('loss', loss, step);
 * await board.close();
 * ```
 */
export class TensorBoardWriter {
  readonly #folder: string | URL;
  #gathered: Uint8Array[] = [];
  #length = 0;
  #file: Promise<FileHandle> | undefined;
  /** The last write; each waits for the one before. */
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  /** @throws ArgumentError for what is no path */
  constructor(folder: string | URL) {
    if (typeof folder !== 'string' && !isUrl(folder)) {
      throw new ArgumentError(`TensorBoardWriter: expected a folder but received ${describe(folder)}`);
    }
    this.#folder = folder;
    const now = Date.now() / 1000;
    this.#add(new ProtobufWriter().double(1, now).string(3, 'brain.Event:2'));
  }

  /**
   * Records a number, which is rounded to float32. It is in the file after the next {@link flush} at the latest.
   * @param tag the name of the curve; slashes group them: `loss/train`
   * @param step where it stands on the curve, an integer from 0 on
   * @param seconds when it was measured, since 1970; default: now
   * @throws ArgumentError for other values
   * @throws StateError after {@link close}
   */
  scalar(tag: string, value: number, step: number, seconds: number = Date.now() / 1000): void {
    if (typeof tag !== 'string' || tag === '') {
      throw new ArgumentError(expectation('TensorBoardWriter.scalar: tag', 'to be a name', describe(tag)));
    }
    for (const [name, one] of Object.entries({ value, seconds })) {
      if (typeof one !== 'number') {
        throw new ArgumentError(
          expectation(`TensorBoardWriter.scalar: ${name}`, 'to be a number', describe(one)),
        );
      }
    }
    checkValue('TensorBoardWriter.scalar: step', step, nonNegativeInteger);
    if (this.#closed) throw new StateError('TensorBoardWriter.scalar: this writer was closed');
    const event = new ProtobufWriter().double(1, seconds).varint(2, step);
    event.message(5, (summary) => {
      summary.message(1, (entry) => entry.string(1, tag).float(2, value));
    });
    this.#add(event);
    // A failure comes to light at the next flush.
    if (this.#length >= mostGathered) this.#write().catch(() => undefined);
  }

  /**
   * Writes what was recorded so far.
   * @throws ArgumentError when it cannot be written, now or earlier
   * @throws StateError for a disk that is full or fails
   */
  async flush(): Promise<void> {
    await this.#write();
  }

  /**
   * Writes the rest and closes the file. Does nothing the second time.
   * @throws ArgumentError and StateError as {@link flush}
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#write();
    } finally {
      await (await this.#file?.catch(() => undefined))?.close();
    }
  }

  #add(event: ProtobufWriter): void {
    const record = tfRecord(event.finish());
    this.#gathered.push(record);
    this.#length += record.length;
  }

  #write(): Promise<void> {
    const bytes = Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#length = 0;
    this.#writing = this.#writing.then(async () => {
      if (bytes.length === 0) return;
      try {
        this.#file ??= openNew(this.#folder);
        await (await this.#file).appendFile(bytes);
      } catch (cause) {
        throw fileError('TensorBoardWriter', 'write', this.#folder, cause);
      }
    });
    return this.#writing;
  }
}

/** A file that was not there before: two runs may begin within a second. */
async function openNew(place: string | URL): Promise<FileHandle> {
  const folder = isUrl(place) ? fileURLToPath(place) : place;
  await makeFolders(folder);
  const seconds = Math.floor(Date.now() / 1000);
  const path = join(folder, `events.out.tfevents.${String(seconds).padStart(10, '0')}.${hostname()}`);
  for (let count = 0; ; count++) {
    try {
      return await open(count === 0 ? path : `${path}.${count}`, 'ax');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    }
  }
}

/** Length and data, each followed by its checksum. */
function tfRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return record;
}

/** The format's checksum of data that may hold checksums themselves. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
