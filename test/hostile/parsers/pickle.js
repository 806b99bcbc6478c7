import { gzipSync } from 'node:zlib';
import { canaryPath } from '../canary.js';
import { loadPickle } from '../gemmnet.js';
import { joined } from '../numbers.js';
import { bytesOfFixture } from './fixture.js';

const megabyte = 2 ** 20;
const command = `touch ${canaryPath}`;
const script = `require("fs").writeFileSync(${JSON.stringify(canaryPath)},"")`;

/** @param {...(string | Uint8Array | readonly number[])} parts text as Latin-1 */
const pickle = (...parts) => joined(...parts);

/** A global that is called with a word: protocol 0. */
const call = (/** @type {string} */ path, argument = command) => pickle(`c${path}\n(S'${argument}'\ntR.`);

/** An array as NumPy pickles it: protocol 2. */
const array = (type = 'f4', shape = 'K\x02\x85', body = '\x00\x00\x80\x3f\x00\x00\x00\x40', order = '<') =>
  pickle(
    '\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x00cnumpy\nndarray\nq\x01K\x00\x85q\x02U\x01bq\x03\x87q\x04Rq\x05',
    `(K\x01${shape}q\x06cnumpy\ndtype\nq\x07U\x02${type}q\x08K\x00K\x01\x87q\x09Rq\x0a(K\x03U\x01${order}q\x0bNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x0cb`,
    `\x89U${String.fromCharCode(body.length)}${body}q\x0dtq\x0eb.`,
  );

const samples = () => [
  pickle('(dp0\nVa\np1\nI1\nsVb\np2\n(lp3\nF1.5\naNaI01\naL123456789012345678901234567890L\nas.'),
  pickle(
    '\x80\x02}q\x00(U\x01aq\x01K\x01U\x01bq\x02]q\x03(G\x3f\xf8\x00\x00\x00\x00\x00\x00NM\x00\x01J\xff\xff\xff\xff\x8a\x02\x00\x80\x88eu.',
  ),
  pickle(
    '\x80\x04\x95\x1c\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94K\x01\x8c\x01b\x94C\x03abc\x94\x8c\x01c\x94h\x01\x85\x94u.',
  ),
  pickle('\x80\x05\x96\x03\x00\x00\x00\x00\x00\x00\x00abc\x94.'),
  array(),
  array('i8', 'K\x01K\x01\x86', '\x01\x00\x00\x00\x00\x00\x00\x00'),
];

const words = [
  'cos\nsystem\n',
  'cnumpy\nndarray\n',
  'cnumpy\ndtype\n',
  'cnumpy.core.multiarray\n_reconstruct\n',
  'cnumpy.core.multiarray\nscalar\n',
  'c_codecs\nencode\n',
  'cbuiltins\nbytearray\n',
  `S'${command}'\n`,
  '\x80\x04',
  '\x95',
  ...[...'(.0125:GIJKLMNPQRSTUVX]abcdeghijlopqrstu})'],
  ...Array.from({ length: 0x19 }, (_, i) => String.fromCharCode(0x80 + i)),
].map((word) => Buffer.from(word, 'latin1'));

/** Every opcode there is and is not, over stacks and before operands of every kind. */
function* everyOpcode() {
  const stacks = [
    '',
    '(',
    'N',
    ']',
    '}',
    ')',
    '(NNN',
    ']NN',
    '}NN',
    'cos\nsystem\n',
    `cos\nsystem\n(S'${command}'\nt`,
    `(S'${command}'\ncos\nsystem\n`,
    `(cos\nsystem\nS'${command}'\n`,
    '\x8c\x02os\x8c\x06system',
    'N\x94',
  ];
  const operands = [
    '',
    '\x00',
    '\x01',
    '1\n',
    '-1\n',
    '\x04\x00\x00\x00abcd',
    '\xff\xff\xff\xff',
    '\xff'.repeat(8),
    '\x00'.repeat(8),
    'os\nsystem\n',
    "'x'\n",
  ];
  for (let opcode = 0; opcode < 256; opcode++) {
    for (const stack of stacks) {
      for (const operand of operands) {
        yield pickle('\x80\x04', stack, [opcode], operand, 't.');
        yield pickle('\x80\x04', stack, [opcode], operand, '.');
      }
    }
  }
}

const gadgets = [
  'os\nsystem',
  'posix\nsystem',
  'nt\nsystem',
  'subprocess\nPopen',
  'subprocess\ncheck_output',
  'builtins\neval',
  '__builtin__\neval',
  'builtins\nexec',
  'builtins\n__import__',
  'builtins\ngetattr',
  'builtins\nopen',
  'copyreg\n_reconstructor',
  'functools\npartial',
  'operator\nattrgetter',
  'importlib\nimport_module',
  'runpy\n_run_code',
  'pickle\nloads',
  'numpy\nload',
  'numpy.testing._private.utils\nrunstring',
  'torch\nload',
  'webbrowser\nopen',
  'numpy\n__builtins__',
  'numpy.core.multiarray\n_reconstruct.__globals__',
];

const jsGadgets = [
  'Function\nconstructor',
  'constructor\nconstructor',
  '__proto__\n__proto__',
  'child_process\nexecSync',
  'node:child_process\nexecSync',
  'toString\nconstructor',
  'globalThis\neval',
  'process\nmainModule',
];

/** @param {string} opener @param {number} depth */
const nested = (opener, depth) => pickle('\x80\x02', opener.repeat(depth), 'N', 'a'.repeat(depth), '.');

/** Tuples of a tuple twice, each known to the memo: 2ⁿ leaves in 4·n bytes. */
const laughs = (/** @type {number} */ levels) => pickle('\x80\x04N\x85', '2\x86'.repeat(levels), '.');

/** @returns {import('./index.js').Crafted[]} */
const crafted = () => [
  ...gadgets.map(
    (path) =>
      /** @type {import('./index.js').Crafted} */ ([`the gadget ${path.replace('\n', '.')}`, call(path)]),
  ),
  ...jsGadgets.map(
    (path) =>
      /** @type {import('./index.js').Crafted} */ ([
        `the gadget ${path.replace('\n', '.')}`,
        call(path, script.replaceAll("'", '"')),
      ]),
  ),
  [
    'a gadget by STACK_GLOBAL',
    pickle(`\x80\x04\x8c\x02os\x8c\x06system\x93\x8c${String.fromCharCode(command.length)}${command}\x85R.`),
  ],
  ['a gadget by INST', pickle(`(S'${command}'\nios\nsystem\n.`)],
  ['a gadget by OBJ', pickle(`(cos\nsystem\nS'${command}'\no.`)],
  ['a gadget by NEWOBJ', pickle(`\x80\x02cos\nsystem\nU\x01a\x85\x81.`)],
  ['a gadget by NEWOBJ_EX', pickle(`\x80\x04cos\nsystem\nU\x01a\x85}\x92.`)],
  ['a gadget by BUILD', pickle("cos\nsystem\n}S'x'\nsb.")],
  ['a gadget behind the end', pickle('N.', call('os\nsystem'))],
  ['a gadget that is dropped', pickle(`cos\nsystem\n(S'${command}'\ntR0N.`)],
  ['a gadget in a memo', pickle('cos\nsystem\np0\n0N.')],
  [
    'a gadget as the dtype of an array',
    pickle('\x80\x02cnumpy.core.multiarray\n_reconstruct\ncos\nsystem\nK\x00\x85U\x01b\x87R.'),
  ],
  ['a persistent id', pickle(`P${command}\n.`)],
  ['an extension', pickle('\x80\x02\x82\x01.')],
  ['the pickle of the fixtures', bytesOfFixture('formats/evil-refuse.pkl')],
  ['an array of objects', array('O8', 'K\x01\x85', '12345678', '|')],
  ['an array of 2³¹ rows', array('u1', 'J\xff\xff\xff\x7f\x85', 'x')],
  ['an array of 2⁶³ rows', array('u1', '\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85', 'x')],
  ['an array of −1 rows', array('u1', 'J\xff\xff\xff\xff\x85', 'x')],
  ['10⁵ lists in each other', nested(']', 100_000)],
  ['300 lists in each other', nested(']', 300), 'sound'],
  ['10⁵ tuples in each other', pickle('\x80\x02N', '\x85'.repeat(100_000), '.')],
  ['a billion laughs', laughs(30), 'either'],
  ['2⁴⁰⁰ laughs', laughs(400), 'either'],
  ['2⁴⁰⁰⁰⁰⁰ laughs', laughs(400_000)],
  ['a list in itself', pickle('\x80\x02]q\x00h\x00a.')],
  ['a dict in itself', pickle('\x80\x02}q\x00K\x01h\x00s.')],
  ['a frame of 2⁶⁴−1 bytes', pickle('\x80\x04\x95', '\xff'.repeat(8), 'N.')],
  ['a string of 2⁶⁴−1 bytes', pickle('\x80\x04\x8d', '\xff'.repeat(8), 'abc.')],
  ['a string of 2³²−1 bytes', pickle('\x80\x02X', '\xff'.repeat(4), 'abc.')],
  ['a bytearray of 2⁶³ bytes', pickle('\x80\x05\x96', '\0'.repeat(7), '\x80', 'abc.')],
  ['a string of −1 bytes', pickle('T', '\xff'.repeat(4), 'abc.')],
  ['an integer of 2³¹−1 bytes', pickle('\x80\x02\x8b\xff\xff\xff\x7f', 'abc.')],
  [
    'an integer of 1 MiB',
    pickle('\x80\x02\x8b\x00\x00\x10\x00', new Uint8Array(megabyte).fill(0x7f), '.'),
    'either',
  ],
  ['an integer of 10⁶ digits', pickle('L', '9'.repeat(1_000_000), 'L\n.'), 'either'],
  ['a float of 10⁶ digits', pickle('F', '9'.repeat(1_000_000), '\n.'), 'either'],
  ['a line without an end', pickle('V', 'x'.repeat(8 * megabyte))],
  ['a memo index of 2³²−1', pickle('\x80\x02Nr\xff\xff\xff\xff.'), 'either'],
  ['a memo index of 10¹⁸', pickle('Np1000000000000000000\n.'), 'either'],
  ['a memo that is not there', pickle('\x80\x02h\x07.')],
  ['10⁶ marks', pickle('('.repeat(1_000_000), '.')],
  ['8 MiB of empty lists', pickle('\x80\x02(', ']'.repeat(8 * megabyte), 't.'), 'either'],
  ['8 MiB of empty dicts', pickle('\x80\x02(', '}'.repeat(8 * megabyte), 't.'), 'either'],
  ['8 MiB of None', pickle('\x80\x02(', 'N'.repeat(8 * megabyte), 't.'), 'either'],
  ['8 MiB of memo', pickle('\x80\x04N', '\x94'.repeat(8 * megabyte), '.'), 'either'],
  ['8 MiB of doubled tuples, dropped', pickle('\x80\x02N', ')\x850'.repeat(2.6 * megabyte), '.'), 'either'],
  [
    'a list appended to twice as long each time',
    pickle('\x80\x02]q\x00', '(h\x00h\x00h\x00e'.repeat(100_000), '.'),
  ],
  ['__proto__ and constructor as keys', pickle('(dV__proto__\nI1\nsVconstructor\nI2\ns.'), 'sound'],
  ['a key twice', pickle('(dVa\nI1\nsVa\nI2\ns.')],
];

/** @type {readonly import('./index.js').Parser[]} */
export const pickleParsers = [
  {
    name: 'loadPickle',
    parse: (bytes) => loadPickle(bytes),
    samples,
    dictionary: () => words,
    own: everyOpcode,
    crafted,
  },
  {
    name: 'loadPickle (gzip)',
    mutants: 2_000,
    parse: (bytes) => loadPickle(bytes),
    samples: () =>
      samples()
        .slice(0, 2)
        .map((bytes) => gzipSync(bytes)),
    crafted: () => [
      ['a bomb', () => gzipSync(new Uint8Array(100 * megabyte)), 'refused', 100 * megabyte],
      [
        'a bomb of empty lists',
        () => gzipSync(pickle('\x80\x02(', ']'.repeat(20 * megabyte), 't.')),
        'either',
        20 * megabyte,
      ],
      ['gzip of gzip', gzipSync(gzipSync(pickle('\x80\x02N.')))],
      ['10,000 empty members', joined(...new Array(10_000).fill(gzipSync('')))],
      ['a gadget', gzipSync(call('os\nsystem'))],
    ],
  },
];
