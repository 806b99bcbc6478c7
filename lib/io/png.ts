import { promisify } from 'node:util';
import { crc32, inflate } from 'node:zlib';
import { FormatError } from '../core/errors.js';
import { checkPixels, decodingError, type Picture } from './picture.js';

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Colour types, their channels and the bit depths that each may have (https://www.w3.org/TR/png-3/#3colourType). */
const colourTypes: Readonly<
  Record<number, { readonly channels: number; readonly depths: readonly number[] }>
> = {
  0: { channels: 1, depths: [1, 2, 4, 8, 16] },
  2: { channels: 3, depths: [8, 16] },
  3: { channels: 1, depths: [1, 2, 4, 8] },
  4: { channels: 2, depths: [8, 16] },
  6: { channels: 4, depths: [8, 16] },
};

/** Each takes some time, also those of no length. */
const maxChunks = 1 << 20;

/** Where the passes of an interlaced picture begin, and their steps: x, y, dx, dy. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly channels: number;
  readonly indexed: boolean;
  readonly interlaced: boolean;
}

export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

/**
 * Decodes a PNG picture (https://www.w3.org/TR/png-3). Transparency is left out, 16 bits become 8, and other metadata (gamma, colour
 * profiles) are not applied.
 * @param name of the file, opens messages
 * @throws FormatError for damaged data, with the byte; for more pixels than a file of this length may have; and for interlaced
 *   pictures with less than 8 bits a sample
 */
export async function decodePng(bytes: Uint8Array, name: string): Promise<Picture> {
  const chunks = readChunks(bytes, name);
  const header = readHeader(chunks, bytes.length, name);
  const data = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ body }) => body));
  await checkData(header, data, name);
  const { convertIndexedToRgb, decode } = await import('fast-png');
  try {
    // What the decoder sees: the chunks that it needs, and pixel data whose size is right.
    const palette = header.indexed ? chunks.filter(({ type }) => type === 'PLTE').slice(0, 1) : [];
    const decoded = decode(
      writeChunks([
        chunks[0]!,
        ...palette,
        { type: 'IDAT', body: data },
        { type: 'IEND', body: data.subarray(0, 0) },
      ]),
    );
    const { width, height } = header;
    if (header.indexed) return { width, height, channels: 3, pixels: convertIndexedToRgb(decoded) };
    const channels = header.channels < 3 ? 1 : 3;
    return { width, height, channels, pixels: toBytes(decoded.data, header, channels) };
  } catch (cause) {
    throw decodingError(cause, 'PNG', name);
  }
}

interface Chunk {
  readonly type: string;
  readonly body: Uint8Array;
}

function readChunks(bytes: Uint8Array, name: string): readonly Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = signature.length, count = 1; ; count++) {
    const length = at + 12 > bytes.length ? Number.POSITIVE_INFINITY : view.getUint32(at);
    if (length > bytes.length - at - 12) {
      throw new FormatError(
        `${name}: expected a whole PNG chunk at byte ${at} but the file ends at byte ${bytes.length}`,
      );
    }
    if (count > maxChunks)
      throw new FormatError(`${name}: expected at most ${maxChunks} PNG chunks but received more`);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) {
      throw new FormatError(
        `${name}: expected a PNG chunk with the right checksum but that at byte ${at} is damaged`,
      );
    }
    if (type === 'IEND') return chunks;
    if (needed.has(type)) chunks.push({ type, body: bytes.subarray(at + 8, end) });
    at = end + 4;
  }
}

const needed: ReadonlySet<string> = new Set(['IHDR', 'PLTE', 'IDAT']);

function readHeader(chunks: readonly Chunk[], fileLength: number, name: string): PngHeader {
  const [first] = chunks;
  if (
    first?.type !== 'IHDR' ||
    first.body.length !== 13 ||
    chunks.findLastIndex(({ type }) => type === 'IHDR') > 0
  ) {
    throw new FormatError(`${name}: expected one PNG header, as the first chunk, but received none or more`);
  }
  const view = new DataView(first.body.buffer, first.body.byteOffset, 13);
  const [width, height, depth, type] = [
    view.getUint32(0),
    view.getUint32(4),
    view.getUint8(8),
    view.getUint8(9),
  ];
  const [compression, filter, interlace] = [view.getUint8(10), view.getUint8(11), view.getUint8(12)];
  const colours = colourTypes[type];
  if (!colours?.depths.includes(depth) || compression !== 0 || filter !== 0 || interlace > 1) {
    throw new FormatError(
      `${name}: expected a PNG header as the standard has it but received colour type ${type}, ${depth} bits, ` +
        `compression ${compression}, filter ${filter}, interlacing ${interlace}`,
    );
  }
  if (interlace === 1 && depth < 8) {
    throw new FormatError(
      `${name}: interlaced PNG pictures with ${depth} bits a sample are not supported; those with 8 or 16 are`,
    );
  }
  checkPixels(height, width, fileLength, name);
  const { channels } = colours;
  return { width, height, depth, channels, indexed: type === 3, interlaced: interlace === 1 };
}

/** Inflates the pixel data once to see that they are as long as the header says: the decoder would inflate whatever is there. */
async function checkData(header: PngHeader, data: Uint8Array, name: string): Promise<void> {
  const expected = inflatedLength(header);
  let length: number;
  try {
    length = (await promisify(inflate)(data, { maxOutputLength: expected })).length;
  } catch (cause) {
    const tooLong = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    if (!tooLong) throw decodingError(cause, 'PNG', name);
    throw new FormatError(`${name}: expected ${expected} bytes of PNG pixel data but received more`, {
      cause,
    });
  }
  if (length < expected) {
    throw new FormatError(`${name}: expected ${expected} bytes of PNG pixel data but received ${length}`);
  }
}

/** Each line has its filter's byte in front. */
function inflatedLength({ width, height, depth, channels, interlaced }: PngHeader): number {
  const linesOf = (columns: number, rows: number) =>
    columns > 0 && rows > 0 ? rows * (1 + Math.ceil((columns * channels * depth) / 8)) : 0;
  if (!interlaced) return linesOf(width, height);
  return adam7.reduce(
    (sum, [x, y, dx, dy]) => sum + linesOf(Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)),
    0,
  );
}

function writeChunks(chunks: readonly Chunk[]): Uint8Array {
  const parts: Uint8Array[] = [signature];
  for (const { type, body } of chunks) {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length);
    head.write(type, 4, 'latin1');
    // The decoder does not look at checksums unless it is told to.
    parts.push(head, body, Buffer.alloc(4));
  }
  return Buffer.concat(parts);
}

/** Samples of any depth as bytes, without alpha. */
function toBytes(
  samples: ArrayLike<number>,
  { width, height, depth, channels: stored }: PngHeader,
  channels: 1 | 3,
): Uint8Array {
  const pixels = new Uint8Array(height * width * channels);
  if (depth < 8) {
    // One channel, packed; each line begins at a byte.
    const lineLength = Math.ceil((width * depth) / 8);
    const largest = (1 << depth) - 1;
    for (let i = 0; i < pixels.length; i++) {
      const x = i % width;
      const byte = samples[Math.floor(i / width) * lineLength + ((x * depth) >> 3)]!;
      pixels[i] = ((byte >> (8 - depth - ((x * depth) & 7))) & largest) * (255 / largest);
    }
    return pixels;
  }
  for (let i = 0, at = 0; i < pixels.length; i += channels, at += stored) {
    for (let c = 0; c < channels; c++) {
      const sample = samples[at + c]!;
      pixels[i + c] = depth === 16 ? Math.round(sample / 257) : sample;
    }
  }
  return pixels;
}
