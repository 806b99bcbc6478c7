import {
  evilIntegers,
  evilNumerals,
  findNumerals,
  joined,
  readInteger,
  replaced,
  replacedInPlace,
  writeInteger,
} from './numbers.js';
import { Random } from './random.js';

/** No file that mutation makes is longer, in bytes. */
const maxLength = 1 << 16;

/**
 * @typedef {object} Material what random files are made of
 * @property {readonly Uint8Array[]} samples
 * @property {readonly Uint8Array[]} dictionary words that the format knows
 */

/** @typedef {(bytes: Uint8Array, random: Random, material: Material) => Uint8Array} Mutation changes a copy, in place or not */

const widths = [1, 2, 4, 8];
const interestingBytes = [0, 1, 0x7f, 0x80, 0xff, 0x20, 0x2d, 0x30, 0x39];

/** @type {Readonly<Record<string, Mutation>>} */
export const mutations = {
  flipBit(bytes, random) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    return bytes;
  },
  setByte(bytes, random) {
    bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
  setInterestingByte(bytes, random) {
    bytes[random.below(bytes.length)] = random.pick(interestingBytes);
    return bytes;
  },
  addToByte(bytes, random) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) + random.below(71) - 35;
    return bytes;
  },
  setInteger(bytes, random) {
    const width = random.pick(widths);
    const at = random.below(bytes.length);
    writeInteger(bytes, at, width, random.below(2) === 0, random.pick(evilIntegers));
    return bytes;
  },
  addToInteger(bytes, random) {
    const width = random.pick(widths);
    const at = random.below(bytes.length);
    const little = random.below(2) === 0;
    writeInteger(
      bytes,
      at,
      width,
      little,
      readInteger(bytes, at, width, little) + BigInt(random.below(9) - 4),
    );
    return bytes;
  },
  copyBlock(bytes, random) {
    const [start, end] = block(bytes, random);
    bytes.copyWithin(random.below(bytes.length), start, end);
    return bytes;
  },
  insertBlock(bytes, random) {
    const [start, end] = block(bytes, random);
    const at = random.below(bytes.length + 1);
    return replaced(bytes, at, at, bytes.subarray(start, end));
  },
  deleteBlock(bytes, random) {
    const [start, end] = block(bytes, random);
    return replaced(bytes, start, end, new Uint8Array(0));
  },
  fillBlock(bytes, random) {
    const [start, end] = block(bytes, random);
    return bytes.fill(random.pick(interestingBytes), start, end);
  },
  insertNoise(bytes, random) {
    const noise = Uint8Array.from({ length: 1 + random.below(16) }, () => random.below(256));
    const at = random.below(bytes.length + 1);
    return replaced(bytes, at, at, noise);
  },
  cutOff(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length));
  },
  splice(bytes, random, { samples }) {
    const other = random.pick(samples);
    return joined(bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length)));
  },
  overwriteWord(bytes, random, { dictionary }) {
    if (dictionary.length === 0) return bytes;
    const word = random.pick(dictionary);
    const at = random.below(bytes.length);
    return replaced(bytes, at, Math.min(bytes.length, at + word.length), word);
  },
  insertWord(bytes, random, { dictionary }) {
    if (dictionary.length === 0) return bytes;
    const at = random.below(bytes.length + 1);
    return replaced(bytes, at, at, random.pick(dictionary));
  },
  setNumeral(bytes, random) {
    const numerals = findNumerals(bytes.subarray(0, 4096));
    if (numerals.length === 0) return bytes;
    const { start, end } = random.pick(numerals);
    const text = Buffer.from(random.pick(evilNumerals));
    return replacedInPlace(bytes, start, end, text) ?? replaced(bytes, start, end, text);
  },
};

const allMutations = Object.values(mutations);

/**
 * One random file: a sample with one to eight mutations. The same arguments give the same bytes, so a case is known by its number.
 *
 * @param {number} seed
 * @param {number} index the number of the case
 * @param {Material} material
 * @returns {Uint8Array}
 */
export function mutant(seed, index, material) {
  const random = new Random(seed, index);
  let bytes = new Uint8Array(random.pick(material.samples));
  // Half of them get one mutation, a quarter two, …
  const count = Math.min(8, 1 + Math.clz32(random.next()));
  for (let i = 0; i < count; i++) {
    if (bytes.length === 0) bytes = new Uint8Array(1);
    bytes = new Uint8Array(random.pick(allMutations)(bytes, random, material));
    if (bytes.length > maxLength) bytes = bytes.slice(0, maxLength);
  }
  return bytes;
}

/**
 * @param {Uint8Array} bytes
 * @param {Random} random
 * @returns {[start: number, end: number]} mostly short
 */
function block(bytes, random) {
  const start = random.below(bytes.length);
  const longest = random.below(4) === 0 ? bytes.length : 16;
  return [start, Math.min(bytes.length, start + 1 + random.below(longest))];
}
