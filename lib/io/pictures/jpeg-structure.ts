import { FormatError } from '../../core/errors.js';

/** What a JPEG file says of its picture. */
export interface JpegHeader {
  readonly height: number;
  readonly width: number;
  /** 1: grey; 3: colours. */
  readonly components: 1 | 3;
  /** Blocks of 8 × 8 samples, of all components. */
  readonly blocks: number;
  /** Where the picture ends, in bytes; what stands behind it is none of it. */
  readonly end: number;
}

/** A component of the frame, and what its scans have brought so far. */
interface Component {
  readonly id: number;
  readonly horizontal: number;
  readonly vertical: number;
  /** Of its 64 coefficients, how many of the lowest bits are still to come; 16: all. */
  readonly missingBits: Uint8Array;
}

interface Frame {
  readonly height: number;
  readonly width: number;
  readonly progressive: boolean;
  readonly components: readonly Component[];
}

/** Progressive pictures have some ten scans; each may take the time of the whole picture to decode. */
const maxScans = 64;
/** Colour profiles and the like come in segments of up to 64 KiB. */
const maxSegments = 1 << 12;

/** Markers (ITU-T T.81, table B.1, https://www.w3.org/Graphics/JPEG/itu-t81.pdf). */
const marker = {
  progressive: 0xc2,
  tables: 0xc4,
  end: 0xd9,
  scan: 0xda,
  quantization: 0xdb,
  lines: 0xdc,
  restart: 0xdd,
  comment: 0xfe,
};
/** Baseline, extended and progressive, all with Huffman codes. */
const frames: readonly number[] = [0xc0, 0xc1, marker.progressive];

/** Markers of what few programs write, and fewer read. */
const unsupported: Readonly<Record<number, string>> = {
  195: 'lossless coding',
  197: 'hierarchical coding',
  198: 'hierarchical coding',
  199: 'lossless, hierarchical coding',
  201: 'arithmetic coding',
  202: 'arithmetic coding',
  203: 'lossless, arithmetic coding',
  204: 'arithmetic coding',
  205: 'hierarchical, arithmetic coding',
  206: 'hierarchical, arithmetic coding',
  207: 'lossless, hierarchical, arithmetic coding',
  222: 'hierarchical coding',
  223: 'hierarchical coding',
  247: 'JPEG-LS coding',
};

type Fault = (at: number, expected: string) => FormatError;

/**
 * Walks through the segments of a JPEG file and checks that each is as long as what it holds, and that the scans bring the whole of the
 * picture: a decoder that reads them in another way than they say could be led to work for hours, and one that misses some puts grey there.
 * @param name of the file, opens messages
 * @throws FormatError for anything else than one Huffman-coded frame of 8-bit samples, grey or in three colours, and its scans, with the byte
 */
export function readJpegStructure(bytes: Uint8Array, name: string): JpegHeader {
  const fault = (at: number, expected: string) =>
    at < bytes.length
      ? new FormatError(`${name}: expected ${expected} at byte ${at} of the JPEG data`)
      : new FormatError(
          `${name}: the file is cut off: expected ${expected} but it ends at byte ${bytes.length}`,
        );
  const uint16 = (at: number) => (bytes[at]! << 8) | bytes[at + 1]!;
  let frame: Frame | undefined;
  let scans = 0;
  let at = 2;
  for (let count = 1; ; count++) {
    if (count > maxSegments) throw fault(at, `at most ${maxSegments} segments and not one more`);
    const code = bytes[at + 1];
    if (bytes[at] !== 0xff || code === undefined) {
      throw fault(code === undefined ? bytes.length : at, scans > 0 ? 'the end of the picture' : 'a marker');
    }
    if (code === 0xff) {
      // A fill byte.
      at++;
      continue;
    }
    if (code === marker.end) break;
    const start = at + 4;
    // Where the length itself is cut off, it is not a number but 0.
    const end = at + 2 + uint16(at + 2);
    if (start > bytes.length || end > bytes.length) throw fault(bytes.length, 'a whole segment');
    if (end < start) throw fault(at, 'a whole segment');
    if (Object.hasOwn(unsupported, code)) throw notSupported(name, unsupported[code]!);
    if (frames.includes(code)) {
      if (frame !== undefined) throw fault(at, 'one frame and not two');
      frame = readFrame(bytes, start, end, name, fault);
    } else if (code === marker.scan) {
      if (frame === undefined) throw fault(at, 'a frame before its scans');
      if (++scans > maxScans) throw fault(at, `at most ${maxScans} scans and not one more`);
      readScan(frame, bytes, start, end, fault);
    } else if (!isWhole(code, bytes, start, end)) {
      throw fault(at, 'a segment of a Huffman-coded picture');
    }
    at = code === marker.scan ? scanEnd(bytes, end) : end;
  }
  if (frame === undefined || scans === 0) throw fault(2, 'a picture');
  const { height, width, components } = frame;
  for (const [index, { missingBits }] of components.entries()) {
    if (missingBits.some((count) => count > 0)) {
      throw new FormatError(
        `${name}: expected the scans to bring the whole picture but they lack details of component ${index + 1} of ` +
          `${components.length}; get the file again, or save what a viewer shows of it as a new picture`,
      );
    }
  }
  return { height, width, components: components.length as 1 | 3, blocks: blocksOf(frame), end: at + 2 };
}

function notSupported(name: string, what: string): FormatError {
  return new FormatError(
    `${name}: JPEG pictures with ${what} are not supported; save the picture as PNG, or as a JPEG of 8-bit grey or RGB ` +
      "(Pillow: Image.open(…).convert('RGB').save(…))",
  );
}

function readFrame(bytes: Uint8Array, start: number, end: number, name: string, fault: Fault): Frame {
  const count = bytes[start + 5]!;
  if (end - start < 6 || end - start !== 6 + 3 * count) throw fault(start, 'a frame');
  if (bytes[start] !== 8) throw notSupported(name, `samples of ${bytes[start]} bits`);
  if (count === 4) throw notSupported(name, 'four components (CMYK or YCCK)');
  if (count !== 1 && count !== 3) throw fault(start + 5, 'a frame of 1 or 3 components');
  const components: Component[] = [];
  for (let at = start + 6; at < end; at += 3) {
    const [horizontal, vertical] = [bytes[at + 1]! >> 4, bytes[at + 1]! & 15];
    if (Math.min(horizontal, vertical) < 1 || Math.max(horizontal, vertical) > 4) {
      throw fault(at + 1, 'sampling factors in 1 … 4');
    }
    components.push({ id: bytes[at]!, horizontal, vertical, missingBits: new Uint8Array(64).fill(16) });
  }
  if (new Set(components.map(({ id }) => id)).size !== count) {
    throw fault(start + 6, 'components with different names');
  }
  const [height, width] = [1, 3].map((offset) => (bytes[start + offset]! << 8) | bytes[start + offset + 1]!);
  return { height: height!, width: width!, progressive: bytes[start - 3] === marker.progressive, components };
}

/** Checks the head of a scan, and notes what it brings. */
function readScan(
  { progressive, components }: Frame,
  bytes: Uint8Array,
  start: number,
  end: number,
  fault: Fault,
): void {
  const count = bytes[start]!;
  if (count < 1 || count > components.length || end - start !== 4 + 2 * count) throw fault(start, 'a scan');
  const [first, last, bits] = progressive
    ? [bytes[end - 3]!, bytes[end - 2]!, bytes[end - 1]! & 15]
    : [0, 63, 0];
  if (first > last || last > 63) throw fault(end - 3, 'a scan of coefficients in 0 … 63');
  for (let at = start + 1; at < end - 3; at += 2) {
    const component = components.find(({ id }) => id === bytes[at]);
    if (component === undefined) throw fault(at, 'a component of the frame');
    component.missingBits.fill(bits, first, last + 1);
  }
}

function blocksOf({ height, width, components }: Frame): number {
  const [most, mostVertical] = [
    Math.max(...components.map(({ horizontal }) => horizontal)),
    Math.max(...components.map(({ vertical }) => vertical)),
  ];
  return components.reduce(
    (sum, { horizontal, vertical }) =>
      sum + Math.ceil((width * horizontal) / most / 8) * Math.ceil((height * vertical) / mostVertical / 8),
    0,
  );
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
