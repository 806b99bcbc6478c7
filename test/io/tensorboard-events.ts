/** One number of an event file. */
export interface Scalar {
  readonly tag: string;
  readonly value: number;
  readonly step: number;
  readonly seconds: number;
}

/** CRC-32C bit by bit, as RFC 3720 defines it, and masked as the format asks. */
function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? 0x82f63b78n : 0n);
  }
  crc ^= 0xffffffffn;
  return Number((((crc >> 15n) | ((crc << 17n) & 0xffffffffn)) + 0xa282ead8n) & 0xffffffffn);
}

/** The fields of a message, by their numbers: the bytes of each value, or the number of a varint. */
function fields(bytes: Buffer): Map<number, Buffer | number> {
  const found = new Map<number, Buffer | number>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes.readUInt8(at++);
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const type = tag & 7;
    const length = type === 1 ? 8 : type === 5 ? 4 : varint();
    if (type === 0) {
      found.set(tag >> 3, length);
      continue;
    }
    if (at + length > bytes.length) throw new Error('a field beyond the end');
    found.set(tag >> 3, bytes.subarray(at, at + length));
    at += length;
  }
  return found;
}

/** Reads an event file, checksums and all. */
export function readEvents(file: Buffer): { readonly version: string; readonly scalars: readonly Scalar[] } {
  const scalars: Scalar[] = [];
  let version = '';
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    if (file.readUInt32LE(at + 8) !== maskedCrc(file.subarray(at, at + 8)))
      throw new Error(`length at byte ${at}`);
    const data = file.subarray(at + 12, at + 12 + length);
    if (file.readUInt32LE(at + 12 + length) !== maskedCrc(data)) throw new Error(`record at byte ${at}`);
    const event = fields(data);
    if (at === 0) version = String(event.get(3));
    else {
      const value = fields(fields(event.get(5) as Buffer).get(1) as Buffer);
      scalars.push({
        tag: String(value.get(1)),
        value: (value.get(2) as Buffer).readFloatLE(),
        step: event.get(2) as number,
        seconds: (event.get(1) as Buffer).readDoubleLE(),
      });
    }
    at += 16 + length;
  }
  return { version, scalars };
}
