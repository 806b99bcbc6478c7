const [lineFeed, carriageReturn] = [0x0a, 0x0d];

/** How many lines end in bytes of text: in LF, CRLF or CR. */
export function lineBreaks(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let count = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === lineFeed) count++;
    else if (byte === carriageReturn && (at + 1 === end || bytes[at + 1] !== lineFeed)) count++;
  }
  return count;
}
