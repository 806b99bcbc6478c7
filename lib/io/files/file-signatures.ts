/** What a file is, as readers of other formats tell their callers. */
export interface ForeignKind {
  /** Short and stable, for readers that know a better remedy or read the format after all. */
  readonly format: string;
  /** Reads well after "but it is": `a zip archive`. */
  readonly name: string;
  /** What helps, as a clause: `unpack it first`. */
  readonly remedy: string;
}

/** The beginning of a file. */
export class Head {
  readonly bytes: Uint8Array;
  /** As Latin-1: a character is a byte. */
  readonly text: string;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  }

  /** Whether one of the texts stands at a byte. */
  has(at: number, ...texts: readonly string[]): boolean {
    return texts.some((text) => this.text.startsWith(text, at));
  }

  /** Whether the byte is there, and in the range. */
  isIn(at: number, lowest: number, highest = lowest): boolean {
    const byte = this.bytes[at];
    return byte !== undefined && lowest <= byte && byte <= highest;
  }
}

interface Signature extends ForeignKind {
  readonly matches: (head: Head) => boolean;
}

const begins =
  (...starts: readonly string[]) =>
  (head: Head): boolean =>
    head.has(0, ...starts);

export const unpackFirst = 'unpack it first';
const convert = 'convert it with the program that wrote it: arrays to .npy or .npz, tables to CSV';
const saveAsCsv = 'open it and save it as CSV';
const saveAsPng = 'save it as PNG';
const noNumbers = 'it holds no numbers: check the path';
const readByImages = 'loadImage and loadImageFolder read pictures';
const saveArrays = "in Python, load it and save its arrays with np.savez('arrays.npz', X=X, y=y)";
const saveTable = (reader: string) =>
  `in Python, pandas.${reader}(path).to_csv('table.csv', index=False) writes it as CSV`;
const saveTorchWeights =
  'in Python, safetensors.torch.save_file(net.state_dict(), path) writes it for loadTorchStateDict';

/** UTF-8 may say so in front. */
const byteOrderMark = '(?:\xef\xbb\xbf)?\\s*';
const html = new RegExp(`^${byteOrderMark}(?:<!--.*?-->\\s*)?<(?:!doctype\\s+html|html[\\s>])`, 'is');
const xml = new RegExp(`^${byteOrderMark}<\\?xml\\s`);
const json = new RegExp(`^${byteOrderMark}(?:\\{\\s*["}]|\\[\\s*[[{])`);

/** Protocols 2 to 5; of the older ones, which are text, those that begin as nothing else does. */
const isPickle = (head: Head) =>
  (head.isIn(0, 0x80) && head.isIn(1, 2, 5)) ||
  head.has(
    0,
    'ccopy_reg\n_reconstructor\n',
    'cnumpy.core.multiarray\n',
    'cnumpy._core.multiarray\n',
    '(dp0\n',
    '(lp0\n',
  );

/** What files begin with; the first that fits is right. */
const signatures: readonly Signature[] = [
  {
    format: 'safetensors',
    name: 'a safetensors file',
    remedy: 'loadSafetensors reads it, and loadModel if it is a model of gemmnet',
    // First: the length in front, below 100,000,000, may look like anything.
    matches: (head) => head.isIn(3, 0, 5) && head.has(4, '\0\0\0\0{'),
  },
  // What packs others.
  {
    format: 'bzip2',
    name: 'a bzip2 file (.bz2)',
    remedy: `${unpackFirst} (bunzip2)`,
    matches: (head) => head.has(0, 'BZh') && head.has(4, '1AY&SY', '\x17rE8P\x90'),
  },
  { format: 'xz', name: 'an xz file', remedy: `${unpackFirst} (unxz)`, matches: begins('\xfd7zXZ\0') },
  {
    format: 'lzma',
    name: 'an LZMA file',
    remedy: `${unpackFirst} (unlzma)`,
    matches: (head) => head.has(0, ']\0\0') && head.has(5, '\xff'.repeat(8)),
  },
  {
    format: 'zstd',
    name: 'a Zstandard file (.zst)',
    remedy: `${unpackFirst} (unzstd)`,
    matches: begins('\x28\xb5\x2f\xfd'),
  },
  {
    format: 'lz4',
    name: 'an LZ4 file',
    remedy: `${unpackFirst} (unlz4)`,
    matches: begins('\x04\x22\x4d\x18'),
  },
  { format: '7z', name: 'a 7z archive', remedy: unpackFirst, matches: begins("7z\xbc\xaf'\x1c") },
  { format: 'rar', name: 'a RAR archive', remedy: unpackFirst, matches: begins('Rar!\x1a\x07') },
  {
    format: 'tar',
    name: 'a tar archive',
    remedy: `${unpackFirst} (tar -xf)`,
    matches: (head) => head.has(257, 'ustar'),
  },
  // Tables and arrays.
  {
    format: 'parquet',
    name: 'a Parquet file',
    remedy: saveTable('read_parquet'),
    matches: begins('PAR1', 'PARE'),
  },
  {
    format: 'arrow',
    name: 'an Arrow (Feather) file',
    remedy: saveTable('read_feather'),
    matches: begins('ARROW1\0', 'FEA1'),
  },
  {
    format: 'orc',
    name: 'an ORC file',
    remedy: saveTable('read_orc'),
    matches: (head) => head.has(0, 'ORC') && head.isIn(3, 0, 0x1f),
  },
  { format: 'avro', name: 'an Avro file', remedy: convert, matches: begins('Obj\x01') },
  {
    format: 'mat7.3',
    name: 'a MAT-file of version 7.3, which is an HDF5 file',
    remedy: "in MATLAB, save('x.mat', '-v7') writes one for loadMat",
    matches: begins('MATLAB 7.3'),
  },
  { format: 'mat', name: 'a MAT-file', remedy: 'loadMat reads it', matches: begins('MATLAB 5.0 MAT-file') },
  {
    format: 'hdf5',
    name: 'an HDF5 file',
    remedy: saveArrays,
    // Behind what users may put in front, too.
    matches: (head) => [0, 512, 1024, 2048].some((at) => head.has(at, '\x89HDF\r\n\x1a\n')),
  },
  { format: 'npy', name: 'an .npy file', remedy: 'loadNpy reads it', matches: begins('\x93NUMPY') },
  {
    format: 'idx',
    name: 'an idx file',
    remedy: 'loadIdx reads it',
    matches: (head) =>
      head.has(0, '\0\0') && (head.isIn(2, 8, 9) || head.isIn(2, 11, 14)) && head.isIn(3, 1, 8),
  },
  {
    format: 'sqlite',
    name: 'an SQLite database',
    remedy: "export the table as CSV: sqlite3 -csv -header FILE 'select * from T'",
    matches: begins('SQLite format 3\0'),
  },
  {
    format: 'xls',
    name: 'an old Office document (.xls is one)',
    remedy: saveAsCsv,
    matches: begins('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'),
  },
  {
    format: 'stata',
    name: 'a Stata file',
    remedy: saveTable('read_stata'),
    // In the older form its version, the byte order, and that it holds data.
    matches: (head) =>
      head.has(0, '<stata_dta>') || (head.isIn(0, 0x69, 0x73) && head.isIn(1, 1, 2) && head.has(2, '\x01\0')),
  },
  { format: 'spss', name: 'an SPSS file', remedy: saveAsCsv, matches: begins('$FL2@(#)', '$FL3@(#)') },
  // Models, and Python's objects.
  {
    format: 'torch',
    name: 'a file of torch.save, which holds Python objects',
    remedy: saveTorchWeights,
    // The magic number of all that was saved before 1.6.
    matches: begins('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19'),
  },
  {
    format: 'sklearn',
    name: 'a pickle of scikit-learn (written by pickle or joblib)',
    remedy:
      "in Python, np.savez('mlp.npz', *mlp.coefs_, *mlp.intercepts_) writes its weights for loadSklearnWeights",
    matches: (head) => isPickle(head) && head.text.includes('sklearn'),
  },
  {
    format: 'pickle',
    name: 'a pickle (of Python or joblib)',
    remedy: `loadPickle reads plain numbers and arrays; else, ${saveArrays}`,
    matches: isPickle,
  },
  { format: 'gguf', name: 'a GGUF file', remedy: convert, matches: begins('GGUF') },
  {
    format: 'tflite',
    name: 'a TensorFlow Lite model',
    remedy: 'save the weights where the model was trained',
    matches: (head) => head.has(4, 'TFL3'),
  },
  {
    format: 'onnx',
    name: 'an ONNX model',
    remedy: 'save the weights where the model was trained',
    // The version of the format, and then the name of who wrote it.
    matches: (head) =>
      head.isIn(0, 8) && head.isIn(1, 1, 32) && head.isIn(2, 0x12) && /^[\w .+-]+/.test(head.text.slice(4)),
  },
  // Pictures, documents and programs.
  { format: 'png', name: 'a PNG picture', remedy: readByImages, matches: begins('\x89PNG\r\n\x1a\n') },
  { format: 'jpeg', name: 'a JPEG picture', remedy: readByImages, matches: begins('\xff\xd8\xff') },
  { format: 'gif', name: 'a GIF picture', remedy: saveAsPng, matches: begins('GIF87a', 'GIF89a') },
  {
    format: 'webp',
    name: 'a WebP picture',
    remedy: saveAsPng,
    matches: (head) => head.has(0, 'RIFF') && head.has(8, 'WEBP'),
  },
  { format: 'tiff', name: 'a TIFF picture', remedy: saveAsPng, matches: begins('II*\0', 'MM\0*') },
  {
    format: 'bmp',
    name: 'a BMP picture',
    remedy: saveAsPng,
    matches: (head) => head.has(0, 'BM') && head.has(6, '\0\0\0\0'),
  },
  {
    format: 'wav',
    name: 'a WAVE sound',
    remedy: convert,
    matches: (head) => head.has(0, 'RIFF') && head.has(8, 'WAVE'),
  },
  { format: 'pdf', name: 'a PDF document', remedy: noNumbers, matches: begins('%PDF-') },
  { format: 'program', name: 'a program (ELF)', remedy: noNumbers, matches: begins('\x7fELF') },
  {
    format: 'program',
    name: 'a program of Windows',
    remedy: noNumbers,
    matches: (head) => head.has(0, 'MZ') && head.text.slice(0, 64).includes('\0\0'),
  },
  // Text.
  {
    format: 'lfs',
    name: 'a pointer of Git LFS, which stands for the file itself',
    remedy: 'git lfs pull fetches it',
    matches: begins('version https://git-lfs.github.com/spec/'),
  },
  {
    format: 'html',
    name: 'a web page (HTML)',
    remedy: 'a download that failed leaves one in place of the file: download it again',
    matches: (head) => html.test(head.text),
  },
  {
    format: 'xml',
    name: 'an XML document',
    remedy: 'a download that failed may leave one in place of the file: look into it',
    matches: (head) => xml.test(head.text),
  },
  {
    format: 'json',
    name: 'a JSON file',
    remedy: 'JSON.parse reads it, and tensor() makes tensors of its arrays',
    matches: (head) => json.test(head.text),
  },
];

/** What zip archives are, by the names of their members; the first that fits is right. */
const archives: readonly (ForeignKind & { readonly member: RegExp })[] = [
  {
    format: 'torch',
    name: 'a file of torch.save (a zip archive), which holds Python objects',
    remedy: saveTorchWeights,
    member: /(?:^|\/)(?:data|constants)\.pkl$/,
  },
  {
    format: 'keras',
    name: 'a .keras archive',
    remedy: 'loadKerasWeights reads its weights',
    member: /^(?:model\.weights\.h5|metadata\.json)$/,
  },
  { format: 'npz', name: 'an .npz archive', remedy: 'loadNpz reads it', member: /\.npy$/ },
  { format: 'xlsx', name: 'an Excel workbook (.xlsx)', remedy: saveAsCsv, member: /^xl\// },
  {
    format: 'office',
    name: 'an Office document (.xlsx, .docx, .ods are such)',
    remedy: saveAsCsv,
    member: /^(?:word|ppt)\/|^(?:\[Content_Types\]\.xml|mimetype)$/,
  },
  {
    format: 'zip of text',
    name: 'a zip archive of text files',
    remedy: unpackFirst,
    member: /\.(?:csv|tsv|txt)$/i,
  },
];

const anyZip: ForeignKind = { format: 'zip', name: 'a zip archive', remedy: unpackFirst };

/** The formats of {@link ForeignKind} that are zip archives. */
export const zipFormats: readonly string[] = [...archives, anyZip].map(({ format }) => format);

/** What a file is by its first bytes; not what it is that gzip or zlib packed. */
export function kindBySignature(head: Head): ForeignKind | undefined {
  // Its first member, its end where it has none, or that it was cut in parts.
  const isZip = head.has(0, 'PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08');
  if (isZip) return kindOfArchive(memberNames(head.text)) ?? anyZip;
  return signatures.find(({ matches }) => matches(head));
}

/** What a zip archive is by the names of its members, or of some of them; undefined for any. */
export function kindOfArchive(names: readonly string[]): ForeignKind | undefined {
  return archives.find(({ member }) => names.some((name) => member.test(name)));
}

/** The names in those headers of a zip archive that stand in the text: the members' own, and the directory's. */
function memberNames(text: string): readonly string[] {
  const headers = [
    { mark: 'PK\x03\x04', lengthAt: 26, nameAt: 30 },
    { mark: 'PK\x01\x02', lengthAt: 28, nameAt: 46 },
  ];
  return headers.flatMap(({ mark, lengthAt, nameAt }) => {
    const names: string[] = [];
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
      const length = text.charCodeAt(at + lengthAt) + 256 * text.charCodeAt(at + lengthAt + 1);
      names.push(text.slice(at + nameAt, at + nameAt + (length || 0)));
    }
    return names;
  });
}
