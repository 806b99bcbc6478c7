import { constants } from 'node:buffer';
import { promisify } from 'node:util';
import { deflate, inflate, inflateSync, type ZlibOptions } from 'node:zlib';
import { FormatError } from '../../core/errors.js';
import { checkPixels, type Picture } from './picture.js';
import { type Chunk, readChunks, writeChunks } from './png-chunks.js';
import { type SampleFormat, unfilter, writeColours, writeSamples } from './png-lines.js';

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

/** What deflate makes of one byte, at most. */
const mostInflated = 1032;

/** What zlib writes at once, unless told otherwise. In bytes. */
const zlibChunk = 1 << 14;

/** The colour types of pictures with 1 … 4 channels. */
const colourTypeOf = [0, 4, 2, 6] as const;

/** Where a pass over the pixels begins, and its steps. */
type Pass = readonly [x: number, y: number, dx: number, dy: number];
const onePass: readonly Pass[] = [[0, 0, 1, 1]];
const adam7: readonly Pass[] = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

interface PngHeader extends SampleFormat {
  readonly width: number;
  readonly height: number;
  readonly indexed: boolean;
  readonly passes: readonly Pass[];
}

/** A PNG file whose lines are still to be inflated. */
interface PackedPng {
  readonly name: string;
  readonly header: PngHeader;
  readonly palette: Uint8Array | undefined;
  /** The pieces of one zlib stream. */
  readonly parts: readonly Uint8Array[];
  /** Of the lines of all passes, each with its filter's byte in front. In bytes. */
  readonly length: number;
}

/**
 * Decodes a PNG picture (https://www.w3.org/TR/png-3). Transparency is left out, of 16 bits the higher 8 are taken (both as Pillow does),
 * and other metadata (gamma, colour profiles) are not applied.
 * @param maxPixels that it may have
 * @param name of the file, opens messages
 * @throws FormatError for damaged data, with the byte, and for more pixels than may be
 */
export async function decodePng(bytes: Uint8Array, maxPixels: number, name: string): Promise<Picture> {
  const png = readPng(bytes, maxPixels, name);
  let lines: Uint8Array;
  try {
    // A copy: another thread reads it, and the caller may detach the bytes meanwhile.
    lines = await promisify(inflate)(Buffer.concat(png.parts), inflateOptions(png));
  } catch (cause) {
    throw inflateError(png, cause);
  }
  return pictureOf(png, lines);
}

/** As `decodePng`, for threads that have nothing else to do meanwhile. */
export function decodePngSync(bytes: Uint8Array, maxPixels: number, name: string): Picture {
  const png = readPng(bytes, maxPixels, name);
  let lines: Uint8Array;
  try {
    const { parts } = png;
    lines = inflateSync(parts.length === 1 ? parts[0]! : Buffer.concat(parts), inflateOptions(png));
  } catch (cause) {
    throw inflateError(png, cause);
  }
  return pictureOf(png, lines);
}

/**
 * A picture as a PNG file.
 * @param channels 1 … 4: grey, grey with alpha, RGB, RGB with alpha
 * @param pixels of shape (height, width, channels)
 */
export async function encodePng(
  height: number,
  width: number,
  channels: number,
  pixels: Uint8Array,
): Promise<Uint8Array> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourTypeOf[channels - 1]!], 8);
  const lineLength = width * channels;
  const lines = new Uint8Array(height * (1 + lineLength));
  for (let y = 0; y < height; y++) {
    lines.set(pixels.subarray(y * lineLength, (y + 1) * lineLength), y * (1 + lineLength) + 1);
  }
  return writeChunks([
    { type: 'IHDR', body: header },
    { type: 'IDAT', body: await promisify(deflate)(lines) },
    { type: 'IEND', body: header.subarray(0, 0) },
  ]);
}

function readHeader(chunks: readonly Chunk[], maxPixels: number, name: string): PngHeader {
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
  checkPixels(height, width, maxPixels, name);
  const { channels } = colours;
  return { width, height, depth, channels, indexed: type === 3, passes: interlace === 1 ? adam7 : onePass };
}

/** @returns the colours of a palette, one after the other */
function readPalette(chunks: readonly Chunk[], name: string): Uint8Array {
  const body = chunks.find(({ type }) => type === 'PLTE')?.body;
  if (body !== undefined && body.length >= 3 && body.length <= 768 && body.length % 3 === 0) return body;
  const found = body === undefined ? 'there is none' : `received ${body.length} bytes`;
  throw new FormatError(`${name}: expected a PNG palette of 1 … 256 colours but ${found}`);
}

function readPng(bytes: Uint8Array, maxPixels: number, name: string): PackedPng {
  const chunks = readChunks(bytes, name);
  const header = readHeader(chunks, maxPixels, name);
  const palette = header.indexed ? readPalette(chunks, name) : undefined;
  const parts = chunks.filter(({ type }) => type === 'IDAT').map(({ body }) => body);
  const packed = parts.reduce((sum, { length }) => sum + length, 0);
  const length = header.passes.reduce((sum, pass) => {
    const { columns, rows, lineLength } = partOf(header, pass);
    return columns > 0 ? sum + rows * (1 + lineLength) : sum;
  }, 0);
  const png = { name, header, palette, parts, length };
  // Before the memory for them is filled.
  if (length > mostInflated * packed) {
    throw new FormatError(`${expectedOf(png)} but ${packed} compressed bytes cannot hold so many`);
  }
  return png;
}

/** One piece of memory for all lines, with a byte to spare at least, so that zlib comes to the end without another. */
function inflateOptions({ length }: PackedPng): ZlibOptions {
  const chunkSize = Math.ceil((length + 1) / zlibChunk) * zlibChunk;
  return { maxOutputLength: length, chunkSize: Math.min(chunkSize, constants.MAX_LENGTH) };
}

function expectedOf({ name, length }: PackedPng): string {
  return `${name}: expected ${length} bytes of PNG pixel data`;
}

function inflateError(png: PackedPng, cause: unknown): Error {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ERR_BUFFER_TOO_LARGE') {
    return new FormatError(`${expectedOf(png)} but received more`, { cause });
  }
  if (code === 'Z_MEM_ERROR' || cause instanceof RangeError) return new RangeError(message, { cause });
  return new FormatError(`${png.name}: the PNG data are damaged: ${message}`, { cause });
}

/** @param lines inflated: used up */
function pictureOf(png: PackedPng, lines: Uint8Array): Picture {
  const { name, header, palette, length } = png;
  if (lines.length < length) throw new FormatError(`${expectedOf(png)} but received ${lines.length}`);
  const { width, height, depth } = header;
  const shown = header.channels > 2 ? 3 : 1;
  const channels = header.indexed ? 3 : shown;
  const count = height * width * channels;
  // Where each line shrinks, if it changes at all, the pixels can move up within its memory.
  const inPlace = depth >= 8 && palette === undefined && header.passes === onePass;
  const pixels = inPlace ? new Uint8Array(lines.buffer, lines.byteOffset, count) : new Uint8Array(count);
  let at = 0;
  for (const pass of header.passes) {
    const { columns, rows, lineLength } = partOf(header, pass);
    const [x, y, dx, dy] = pass;
    const write = (row: number, from: number) => {
      const line = lines.subarray(from, from + lineLength);
      const start = ((y + row * dy) * width + x) * channels;
      if (palette === undefined) writeSamples(line, header, columns, pixels, start, channels, dx * channels);
      else writeColours(line, header, columns, palette, pixels, start, dx * channels, name);
    };
    const stride = 1 + lineLength;
    for (let row = 0; row < rows; row++, at += stride) {
      const above = row === 0 ? -1 : at + 1 - stride;
      unfilter(lines[at]!, lines, at + 1, above, lineLength, header, shown, name);
      if (!inPlace) write(row, at + 1);
      // The line below it needs a line as it was.
      else if (row > 0) write(row - 1, above);
    }
    if (inPlace) write(rows - 1, at + 1 - stride);
  }
  return { width, height, channels, pixels };
}

/** The pixels of a pass; lineLength in bytes, without the filter's. */
function partOf({ width, height, depth, channels }: PngHeader, [x, y, dx, dy]: Pass) {
  const columns = Math.max(0, Math.ceil((width - x) / dx));
  const rows = columns === 0 ? 0 : Math.max(0, Math.ceil((height - y) / dy));
  return { columns, rows, lineLength: Math.ceil((columns * channels * depth) / 8) };
}
