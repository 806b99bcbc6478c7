/** The text of a header. */
export function npyFields(descr: string, shape: string, fortranOrder = 'False'): string {
  return `{'descr': '${descr}', 'fortran_order': ${fortranOrder}, 'shape': ${shape}, }`;
}

/**
 * An npy file by hand, from the format's description. Headers that fit are padded to 128 bytes.
 * @param claim the header's length that it tells; default: the true one
 */
export function npy(
  header: string,
  body: readonly number[],
  version: readonly [number, number] = [1, 0],
  claim?: number,
): Buffer {
  const prefixLength = version[0] === 1 ? 10 : 12;
  const padded = header.endsWith(', }') ? `${header.padEnd(127 - prefixLength)}\n` : header;
  const prefix = Buffer.alloc(prefixLength);
  prefix.write('\x93NUMPY', 'latin1');
  prefix.set(version, 6);
  const length = claim ?? padded.length;
  if (version[0] === 1) prefix.writeUInt16LE(length, 8);
  else prefix.writeUInt32LE(length, 8);
  return Buffer.concat([prefix, Buffer.from(padded, 'latin1'), Buffer.from(body)]);
}
