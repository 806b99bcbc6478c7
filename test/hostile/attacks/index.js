import { appended } from './appended.js';
import { eachByte } from './each-byte.js';
import { fields } from './fields.js';
import { foreign } from './foreign.js';
import { mutation } from './mutation.js';
import { numerals } from './numerals.js';
import { own } from './own.js';
import { truncation } from './truncation.js';

/**
 * @typedef {object} Field a number in a binary header
 * @property {number} offset
 * @property {number} width in bytes
 * @property {boolean} littleEndian
 */

/**
 * @typedef {object} Target what an attack needs to know of a parser
 * @property {readonly Uint8Array[]} samples sound files, small ones
 * @property {readonly Uint8Array[]} dictionary words that the format knows
 * @property {(sample: Uint8Array) => readonly Field[]} [fieldsOf] default: any place near the start
 * @property {() => Iterable<Uint8Array>} [own] files that other formats have no like of
 * @property {number} mutants how many random files
 * @property {() => readonly Uint8Array[]} strangers files of other formats
 */

/**
 * @typedef {object} Attack a way to make hostile files out of sound ones; always the same ones
 * @property {string} name
 * @property {(target: Target) => Iterable<Uint8Array>} cases
 */

/** @type {readonly Attack[]} */
export const attacks = [truncation, eachByte, fields, numerals, appended, foreign, own, mutation];
