import { constants, gunzipSync, inflateSync } from 'node:zlib';
import { FormatError } from '../../core/errors.js';
import { type ForeignKind, Head, kindBySignature, kindOfArchive, unpackFirst } from './file-signatures.js';
import type { Source } from './source.js';

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
  if (head.has(0, '\x1f\x8b\x08')) return kindOfGzip(head);
  // These two bytes may be text as well: what they promise decides.
  const mayBeZlib = head.has(0, 'x\x01', 'x\x5e', 'x\x9c', 'x\xda');
  return (mayBeZlib ? kindOfZlib(head) : undefined) ?? kindBySignature(head);
}

/** What a reader of one format says to files of others. */
export interface Expectation {
  /** `an .npz archive` */
  readonly expected: string;
  /** The formats that are the reader's own. */
  readonly own: readonly string[];
  /** What helps the reader's callers better than what helps everybody, by format. */
  readonly remedies?: Readonly<Record<string, string>>;
}

/**
 * Refuses a file whose beginning tells that it is of another kind than the reader's.
 * @returns its kind, if it is known
 * @throws FormatError that names what came, and what helps
 */
export async function refuseForeign(
  source: Source,
  expectation: Expectation,
): Promise<ForeignKind | undefined> {
  const bytes = new Uint8Array(Math.min(foreignHeadLength, source.size));
  await source.read(bytes, 0);
  const kind = foreignKind(bytes);
  if (kind !== undefined && !expectation.own.includes(kind.format)) {
    throw foreignError(source.name, kind, expectation);
  }
  return kind;
}

/**
 * Refuses a zip archive whose members tell that it is of another kind than the reader's.
 * @param file opens the message: `loadNpz: X.npz`
 * @throws FormatError that names what came, and what helps
 */
export function refuseForeignArchive(
  file: string,
  members: readonly { readonly name: string }[],
  expectation: Expectation,
): void {
  const kind = kindOfArchive(members.map(({ name }) => name));
  if (kind !== undefined && !expectation.own.includes(kind.format)) {
    throw foreignError(file, kind, expectation);
  }
}

function foreignError(
  file: string,
  { format, name, remedy }: ForeignKind,
  { expected, remedies = {} }: Expectation,
): FormatError {
  const known = Object.hasOwn(remedies, format) ? remedies[format] : remedy;
  return new FormatError(`${file}: expected ${expected} but it is ${name}; ${known}`);
}

function kindOfGzip({ bytes }: Head): ForeignKind {
  const inner = unpacked(() => gunzipSync(bytes.subarray(0, packedLength), partial));
  const kind = inner === undefined ? undefined : kindBySignature(inner);
  const remedy = `${unpackFirst} (gunzip)`;
  if (kind === undefined) return { format: 'gzip', name: 'a gzip file', remedy };
  return {
    format: `${kind.format}.gz`,
    name: `${kind.name}, packed with gzip`,
    remedy: `${remedy}; then ${kind.remedy.replace(unpackFirst, 'unpack it')}`,
  };
}

/** joblib's `compress` writes such files, and few others. */
function kindOfZlib({ bytes }: Head): ForeignKind | undefined {
  const inner = unpacked(() => inflateSync(bytes.subarray(0, packedLength), partial));
  if (inner === undefined) return undefined;
  const kind = kindBySignature(inner);
  if (kind === undefined) return { format: 'zlib', name: 'a zlib file', remedy: unpackFirst };
  return { ...kind, format: `${kind.format}.zlib`, name: `${kind.name}, packed with zlib` };
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
