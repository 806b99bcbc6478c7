import { constants, gunzipSync, inflateSync } from 'node:zlib';
import { FormatError } from '../core/errors.js';
import { type ForeignKind, Head, kindBySignature, unpackFirst } from './file-signatures.js';

export type { ForeignKind } from './file-signatures.js';

/** So many bytes of a file's beginning tell what it is; fewer often do. */
export const foreignHeadLength = 4096;

/**
 * Tells by the first bytes of a file what it is, so that a reader of another format can say so.
 * @param bytes its beginning: {@link foreignHeadLength} bytes, or what there is
 * @returns undefined for text, and for whatever else is not known
 */
export function foreignKind(bytes: Uint8Array): ForeignKind | undefined {
  const head = new Head(bytes.subarray(0, foreignHeadLength));
  if (head.has(0, '\x1f\x8b')) return kindOfGzip(head);
  // These two bytes may be text as well: what they promise decides.
  const mayBeZlib = head.has(0, 'x\x01', 'x\x5e', 'x\x9c', 'x\xda');
  return (mayBeZlib ? kindOfZlib(head) : undefined) ?? kindBySignature(head);
}

/**
 * Refuses a file whose beginning tells that it is of another kind than the reader's.
 * @param file opens the message: `loadNpz: X.npz`
 * @param expected what the reader takes: `an .npz archive`
 * @param remedies that the reader knows better, by format
 * @throws FormatError that names what came, and what helps
 */
export function refuseForeign(
  file: string,
  expected: string,
  bytes: Uint8Array,
  remedies: Readonly<Record<string, string>> = {},
): void {
  const kind = foreignKind(bytes);
  if (kind === undefined) return;
  const remedy = Object.hasOwn(remedies, kind.format) ? remedies[kind.format] : kind.remedy;
  throw new FormatError(`${file}: expected ${expected} but it is ${kind.name}: ${remedy}`);
}

function kindOfGzip({ bytes }: Head): ForeignKind {
  const inner = unpacked(() => gunzipSync(bytes.subarray(0, packedLength), partial));
  const kind = inner === undefined ? undefined : kindBySignature(inner);
  const remedy = `${unpackFirst} (gunzip)`;
  if (kind === undefined) return { format: 'gzip', name: 'a gzip file', remedy };
  return { format: 'gzip', name: `${kind.name}, packed with gzip`, remedy: `${remedy}; then ${kind.remedy}` };
}

/** joblib's `compress` writes such files, few others do. */
function kindOfZlib({ bytes }: Head): ForeignKind | undefined {
  const inner = unpacked(() => inflateSync(bytes.subarray(0, packedLength), partial));
  if (inner === undefined) return undefined;
  const kind = kindBySignature(inner);
  if (kind === undefined) return { format: 'zlib', name: 'a zlib file', remedy: unpackFirst };
  return { ...kind, name: `${kind.name}, packed with zlib` };
}

/** So little is unpacked of a file that is only looked at; it becomes at most 1,032 times as much. */
const packedLength = 512;

/** Takes what there is of data that end too early. */
const partial = { finishFlush: constants.Z_SYNC_FLUSH };

function unpacked(act: () => Uint8Array): Head | undefined {
  try {
    const bytes = act();
    return bytes.length === 0 ? undefined : new Head(bytes.subarray(0, foreignHeadLength));
  } catch {
    return undefined;
  }
}
