import { crc32, deflateRawSync } from 'node:zlib';
import { joined, joinedAll } from './numbers.js';

/**
 * @typedef {object} Member of an archive; what is not said is as it should be
 * @property {string} name
 * @property {Uint8Array} [contents]
 * @property {boolean} [deflate]
 * @property {Uint8Array} [packed] in place of what the contents are packed to
 * @property {number} [size] what the headers say of the contents' length
 * @property {number} [packedSize] what they say of the packed length
 * @property {number} [method]
 * @property {number} [flags]
 * @property {number} [headerAt] where the directory says that the member begins
 */

/**
 * A ZIP archive, sound or not.
 *
 * @param {readonly Member[]} members
 * @param {{ count?: number, comment?: Uint8Array }} [end]
 * @returns {Uint8Array}
 */
export function zipOf(members, { count = members.length, comment = new Uint8Array(0) } = {}) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const member of members) {
    const { name, contents = new Uint8Array(0), deflate = false, flags = 0 } = member;
    const { packed = deflate ? new Uint8Array(deflateRawSync(contents)) : contents } = member;
    const {
      size = contents.length,
      packedSize = packed.length,
      method = deflate ? 8 : 0,
      headerAt = at,
    } = member;
    const text = Buffer.from(name);
    const shared = [
      ...[u16(20), u16(flags), u16(method), u16(0), u16(0x21)],
      ...[u32(crc32(contents)), u32(packedSize), u32(size), u16(text.length), u16(0)],
    ];
    const local = joined('PK\x03\x04', ...shared, text, packed);
    directory.push(
      joined('PK\x01\x02', u16(20), ...shared, u16(0), u16(0), u16(0), u32(0), u32(headerAt), text),
    );
    parts.push(local);
    at += local.length;
  }
  const list = joinedAll(directory);
  const ending = [u16(0), u16(0), u16(count), u16(count), u32(list.length), u32(at), u16(comment.length)];
  return joined(joinedAll(parts), list, 'PK\x05\x06', ...ending, comment);
}

/**
 * Where numbers lie in an archive: in each header, and at the end.
 *
 * @param {Uint8Array} bytes
 * @returns {import('./attacks/index.js').Field[]}
 */
export function zipFieldsOf(bytes) {
  const text = Buffer.from(bytes).toString('latin1');
  /** Signatures, and the offsets of what follows them: two bytes wide, and four. */
  const layouts = /** @type {const} */ ([
    ['PK\x03\x04', [4, 6, 8, 26, 28], [14, 18, 22]],
    ['PK\x01\x02', [6, 8, 10, 28, 30, 32, 34], [16, 20, 24, 42]],
    ['PK\x05\x06', [4, 6, 8, 10, 20], [12, 16]],
  ]);
  const fields = [];
  for (const [signature, twoBytes, fourBytes] of layouts) {
    for (let at = text.indexOf(signature); at >= 0; at = text.indexOf(signature, at + 1)) {
      for (const offset of twoBytes) fields.push({ offset: at + offset, width: 2, littleEndian: true });
      for (const offset of fourBytes) fields.push({ offset: at + offset, width: 4, littleEndian: true });
    }
  }
  return fields;
}

/** @param {number} value */
function u16(value) {
  return [value & 0xff, (value >>> 8) & 0xff];
}

/** @param {number} value */
function u32(value) {
  return [...u16(value & 0xffff), ...u16(value >>> 16)];
}
