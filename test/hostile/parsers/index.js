import { cifar100Parsers } from './cifar100.js';
import { csvParsers } from './csv.js';
import { bytesOfFixture } from './fixture.js';
import { historyParsers } from './history.js';
import { idxParsers } from './idx.js';
import { imageParsers } from './images.js';
import { matParsers } from './mat.js';
import { modelParsers } from './models.js';
import { numpyParsers } from './numpy.js';
import { pickleParsers } from './pickle.js';
import { safetensorsParsers } from './safetensors.js';
import { weightParsers } from './weights.js';

/**
 * A hostile file made by hand: what it is, its bytes, and what must become of it (`either` where a reader may refuse it or not;
 * default: it is refused). Large ones are made when they are needed.
 * A packed file may take memory as if it had the length that it unpacks to, which is the last entry, in bytes.
 *
 * @typedef {[name: string, bytes: Uint8Array | (() => Uint8Array), outcome?: 'refused' | 'sound' | 'either', unpacked?: number]} Crafted
 */

/**
 * @typedef {object} Parser a way into the package for files that nobody vouches for
 * @property {string} name the public function, and in parentheses which way
 * @property {(bytes: Uint8Array) => unknown} parse
 * @property {() => readonly Uint8Array[] | Promise<readonly Uint8Array[]>} samples sound files, small ones
 * @property {() => readonly Uint8Array[]} [dictionary] words that the format knows
 * @property {(sample: Uint8Array) => readonly import('../attacks/index.js').Field[]} [fieldsOf] default: any place near the start
 * @property {(bytes: Uint8Array) => Uint8Array} [wrap] what is done to each changed file before it is read: packing it, or making
 *   its checksums right
 * @property {() => Iterable<Uint8Array>} [own] files that other formats have no like of, by enumeration
 * @property {number} [mutants] random files in the tests' short form; default 100,000; less for another way into a parser
 * @property {() => readonly Crafted[]} [crafted]
 */

/** Every parser of the package. @type {readonly Parser[]} */
export const parsers = [
  ...idxParsers,
  ...safetensorsParsers,
  ...modelParsers,
  ...cifar100Parsers,
  ...numpyParsers,
  ...pickleParsers,
  ...matParsers,
  ...csvParsers,
  ...imageParsers,
  ...historyParsers,
  ...weightParsers,
];

const strangerNames = [
  'images-idx3-ubyte.gz',
  'labels-idx1-ubyte.gz',
  'matrix-idx2-float32',
  'f8.npy',
  'object-refuse.npy',
  'plain.npz',
  'compressed.npz',
  'data_batch_1',
  'data_batch_py3',
  'data_batch_1.bin',
  'evil-refuse.pkl',
  'mnist-like.mat',
  'mnist-like-compressed.mat',
  'expected.json',
];

/**
 * What an attack needs to know.
 *
 * @param {Parser} parser
 * @returns {Promise<import('../attacks/index.js').Target>}
 */
export async function targetOf({ samples, dictionary, fieldsOf, own, mutants = 100_000 }) {
  return {
    samples: await samples(),
    dictionary: dictionary?.() ?? [],
    mutants,
    ...(fieldsOf === undefined ? {} : { fieldsOf }),
    ...(own === undefined ? {} : { own }),
    strangers: () => strangerNames.map((name) => bytesOfFixture(`formats/${name}`)),
  };
}
