/** What a table may take in memory, whatever its file says: a damaged or hostile one would fill it otherwise. */
export interface TableLimits {
  /** Of X as it is read, in bytes. */
  readonly bytes: number;
  /** Of X with its one-hot columns, in bytes. */
  readonly encodedBytes: number;
  /** The most columns of the file. */
  readonly columns: number;
  /** The longest line of text, in UTF-16 code units. */
  readonly line: number;
  /** The most words of all columns together. */
  readonly words: number;
}

/** X may have this many bytes for each byte of the file: plain, and packed. */
const [expansion, gzipExpansion] = [16, 100];
/** What X may have of any file, and with the one-hot columns that the caller asks for, in bytes. */
const [anyBytes, anyEncodedBytes] = [2 ** 26, 2 ** 29];
const [anyColumns, anyLine, anyWords] = [2 ** 17, 2 ** 22, 2 ** 16];
/** What one more column or word takes beside X, roughly, in bytes. */
const bytesAWord = 256;

/**
 * @param size of the file, in bytes
 * @param maxBytes what the caller allows; the other limits then let as much through
 */
export function tableLimits(size: number, compressed: boolean, maxBytes: number | undefined): TableLimits {
  const expected = Math.max(anyBytes, size * (compressed ? gzipExpansion : expansion));
  const more = maxBytes ?? 0;
  return {
    bytes: maxBytes ?? expected,
    encodedBytes: maxBytes ?? Math.max(anyEncodedBytes, expected),
    columns: Math.max(anyColumns, Math.floor(more / bytesAWord)),
    line: Math.max(anyLine, Math.min(more, 2 ** 28)),
    words: Math.max(anyWords, Math.floor(more / bytesAWord)),
  };
}
