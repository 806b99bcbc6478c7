import { FormatError } from '../core/errors.js';

/** What a JPEG file says of its picture. */
export interface JpegHeader {
  readonly height: number;
  readonly width: number;
  /** 1: grey; 3: colours; 4: CMYK. */
  readonly components: number;
}

/** Progressive pictures have some ten scans; each may take the time of the whole picture to decode. */
const maxScans = 64;
/** Colour profiles and the like come in segments of up to 64 KiB. */
const maxSegments = 1 << 12;

/** Markers (ITU-T T.81, table B.1, https://www.w3.org/Graphics/JPEG/itu-t81.pdf). */
const marker = {
  tables: 0xc4,
  end: 0xd9,
  scan: 0xda,
  quantization: 0xdb,
  lines: 0xdc,
  restart: 0xdd,
  comment: 0xfe,
};
/** Baseline, extended and progressive, all with Huffman codes. */
const frames: readonly number[] = [0xc0, 0xc1, 0xc2];

/**
 * Walks through the segments of a JPEG file and checks that each is as long as what it holds: a decoder that reads them in another
 * way than they say could be led to work for hours.
 * @param name of the file, opens messages
 * @throws FormatError for anything else than one Huffman-coded frame of 8-bit samples and its scans, with the byte
 */
export function readJpegStructure(bytes: Uint8Array, name: string): JpegHeader {
  const fault = (at: number, expected: string) =>
    new FormatError(`${name}: expected ${expected} at byte ${at} of the JPEG data`);
  const uint16 = (at: number) => (bytes[at]! << 8) | bytes[at + 1]!;
  let header: JpegHeader | undefined;
  let scans = 0;
  for (let at = 2, count = 1; ; count++) {
    if (count > maxSegments) throw fault(at, `at most ${maxSegments} segments and not one more`);
    if (bytes[at] !== 0xff) throw fault(at, 'a marker');
    const code = bytes[at + 1];
    if (code === 0xff) {
      // A fill byte.
      at++;
      continue;
    }
    if (code === marker.end) break;
    const start = at + 4;
    const end = at + 2 + uint16(at + 2);
    // Also where the length is beyond the file's end, and so not a number but 0.
    if (code === undefined || end < start || end > bytes.length) throw fault(at, 'a whole segment');
    if (frames.includes(code)) {
      if (header !== undefined) throw fault(at, 'one frame and not two');
      header = readFrame(bytes, start, end, fault);
    } else if (code === marker.scan) {
      const count = bytes[start]!;
      if (header === undefined) throw fault(at, 'a frame before its scans');
      if (count < 1 || count > header.components || end - start !== 4 + 2 * count) throw fault(at, 'a scan');
      if (++scans > maxScans) throw fault(at, `at most ${maxScans} scans and not one more`);
    } else if (!isWhole(code, bytes, start, end)) {
      throw fault(at, 'a segment of a Huffman-coded picture');
    }
    at = code === marker.scan ? scanEnd(bytes, end) : end;
  }
  if (header === undefined || scans === 0) throw fault(2, 'a picture');
  return header;
}

function readFrame(
  bytes: Uint8Array,
  start: number,
  end: number,
  fault: (at: number, expected: string) => FormatError,
): JpegHeader {
  const components = bytes[start + 5]!;
  if (end - start !== 6 + 3 * components || ![1, 3, 4].includes(components)) {
    throw fault(start, 'a frame of 1, 3 or 4 components');
  }
  if (bytes[start] !== 8) throw fault(start, 'samples of 8 bits');
  const ids = new Set<number>();
  for (let at = start + 6; at < end; at += 3) {
    const [horizontal, vertical] = [bytes[at + 1]! >> 4, bytes[at + 1]! & 15];
    if (Math.min(horizontal, vertical) < 1 || Math.max(horizontal, vertical) > 4) {
      throw fault(at + 1, 'sampling factors in 1 … 4');
    }
    ids.add(bytes[at]!);
  }
  if (ids.size !== components) throw fault(start + 6, 'components with different names');
  const [height, width] = [1, 3].map((offset) => (bytes[start + offset]! << 8) | bytes[start + offset + 1]!);
  return { height: height!, width: width!, components };
}

/** Whether a segment is one of those that may be there, and what it holds ends where it does. */
function isWhole(code: number, bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  switch (code) {
    case marker.tables:
      while (at < end) {
        const lengths = bytes.subarray(at + 1, at + 17);
        at += 17 + lengths.reduce((sum, length) => sum + length, 0);
      }
      return at === end;
    case marker.quantization:
      while (at < end) at += bytes[at]! >> 4 === 0 ? 65 : 129;
      return at === end;
    case marker.lines:
    case marker.restart:
      return end - start === 2;
    default:
      // What applications add.
      return (code >= 0xe0 && code <= 0xef) || code === marker.comment;
  }
}

/** Where the coded data end: at the next marker that is no restart. */
function scanEnd(bytes: Uint8Array, start: number): number {
  let at = bytes.indexOf(0xff, start);
  for (; at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1];
    const stuffed = code === 0 || code === 0xff || (code !== undefined && code >= 0xd0 && code <= 0xd7);
    if (!stuffed) return at;
  }
  return bytes.length;
}
