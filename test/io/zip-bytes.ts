import { crc32, deflateRawSync } from 'node:zlib';

/** A member; what is not given is as it should be. */
export interface ZipEntry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  /** Numbers that the headers tell. */
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly packedSize?: number;
  /** What lies in the archive instead of `data`, stored or deflated. */
  readonly packed?: Uint8Array;
  /** The name and the offset that only one of the two headers tells. */
  readonly localName?: string;
  readonly offset?: number;
}

function head(signature: number, { name, data, ...claims }: ZipEntry, packed: Uint8Array): Buffer {
  const fields = Buffer.alloc(26);
  const method = claims.method ?? (claims.deflate ? 8 : 0);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(claims.flags ?? 0x800, 2);
  fields.writeUInt16LE(method, 4);
  fields.writeUInt16LE(0x21, 8);
  fields.writeUInt32LE(claims.crc ?? crc32(data), 10);
  fields.writeUInt32LE(claims.packedSize ?? packed.length, 14);
  fields.writeUInt32LE(claims.size ?? data.length, 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  const start = Buffer.alloc(4);
  start.writeUInt32LE(signature);
  return Buffer.concat([start, fields]);
}

/**
 * A ZIP archive by hand, from the format's description.
 * @param count how many members its end tells
 */
export function zip(entries: readonly ZipEntry[], count = entries.length): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let position = 0;
  for (const entry of entries) {
    const packed = entry.packed ?? (entry.deflate ? deflateRawSync(entry.data) : entry.data);
    const localName = Buffer.from(entry.localName ?? entry.name);
    const local = Buffer.concat([head(0x04034b50, entry, packed), localName, packed]);
    local.writeUInt16LE(localName.length, 26);
    const central = head(0x02014b50, entry, packed);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(entry.offset ?? position, 10);
    directory.push(
      Buffer.concat([central.subarray(0, 4), Buffer.from([20, 3]), central.subarray(4), rest]),
      Buffer.from(entry.name),
    );
    parts.push(local);
    position += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(position, 16);
  return Buffer.concat([...parts, central, end]);
}
