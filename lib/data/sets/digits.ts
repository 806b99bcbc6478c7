import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ArgumentError, FormatError } from '../../core/errors.js';
import { allocate } from '../../core/memory.js';
import { checkOptions, integerIn, oneOf, optional } from '../../core/options.js';
import { fileError } from '../../core/process/files.js';
import { externalRemedy, packageRoot } from '../../core/process/package-place.js';
import { RandomState } from '../../core/random/random-state.js';
import { Tensor } from '../../core/tensors/tensor.js';
import type { DataSet } from '../data-set.js';
import { split as cut } from '../split.js';

const count = 1797;
const pixels = 64;
const sizes = { train: 1500, test: 297 };
/** The file has some 265,000 bytes. */
const maxBytes = 1 << 20;

export interface Digits extends DataSet {
  /** All images, (1797, 64) uint8, in the file's order. */
  readonly X: Tensor;
  /** All 1,797 digits, in the file's order. */
  readonly y: Int32Array;
}

export interface DigitsOptions {
  /**
   * Which 297 images test. `'stratified'`, the default: drawn at random, each digit in proportion, as scikit-learn's
   * `train_test_split(…, stratify=y)` does. `'writers'`: the last ones of the file, which goes through one writer after another, so that
   * the test is mostly in hands that the training does not know.
   */
  readonly split?: 'stratified' | 'writers';
  /** Of the stratified split; default 0. */
  readonly seed?: number;
}

/**
 * The built-in data set: 1,797 handwritten digits of 8 × 8 pixels with values 0 … 16 (E. Alpaydin, C. Kaynak, Optical Recognition
 * of Handwritten Digits, UCI Machine Learning Repository 1998, CC BY 4.0).
 *
 * 1,500 of them train and 297 test. How well a net of one hidden layer does depends on which: 97 to 98 % (scikit-learn's
 * `MLPClassifier` too) where every writer's digits are in both parts, the default, and 91 to 92 % where the test has other writers,
 * `split: 'writers'`.
 * @throws ArgumentError for an unknown split, or when the file is not there, as in a bundle that left it out
 * @throws FormatError when it is damaged
 */
export function loadDigits(options: DigitsOptions = {}): Digits {
  const { split, seed } = checkOptions('loadDigits', options, {
    split: optional(oneOf('stratified', 'writers'), 'stratified'),
    seed: optional(integerIn(0, 2 ** 32 - 1), 0),
  });
  const root = packageRoot();
  if (root === undefined) {
    throw new ArgumentError(
      `loadDigits: expected data/digits.csv.gz of the package gemmnet, which is not there; ${externalRemedy}`,
    );
  }
  const path = join(root, 'data', 'digits.csv.gz');
  let packed: Uint8Array;
  try {
    packed = readFileSync(path);
  } catch (cause) {
    throw fileError('loadDigits', 'read', path, cause);
  }
  let text: Uint8Array;
  try {
    text = gunzipSync(packed, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw new FormatError(`loadDigits: ${path} is damaged: ${(cause as Error).message}`, { cause });
  }
  const X = allocate('uint8', count * pixels);
  const y = allocate('int32', count);
  readNumbers(text, X, y);
  const images = new Tensor(X, [count, pixels]);
  const drawing = split === 'stratified' ? { stratify: true, rng: new RandomState(seed) } : {};
  return { X: images, y, ...cut(images, y, sizes, drawing) };
}

/** Lines of 64 pixels and the digit: decimal numbers, commas and line feeds, nothing else. */
function readNumbers(text: Uint8Array, X: Uint8Array, y: Int32Array): void {
  const [comma, lineFeed, zero] = [0x2c, 0x0a, 0x30];
  let row = 0;
  let column = 0;
  let value = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]!;
    if (byte >= zero && byte < zero + 10) {
      value = 10 * value + byte - zero;
      if (value <= 16) continue;
    }
    const inPlace = column < pixels ? byte === comma : byte === lineFeed;
    if (!inPlace || row === count || (column === pixels && value > 9)) {
      throw new FormatError(
        `loadDigits: data/digits.csv.gz is damaged: unexpected byte ${byte} at byte ${at}`,
      );
    }
    if (column < pixels) {
      X[row * pixels + column] = value;
      column++;
    } else {
      y[row] = value;
      row++;
      column = 0;
    }
    value = 0;
  }
  if (row !== count)
    throw new FormatError(`loadDigits: data/digits.csv.gz is damaged: ${row} of ${count} lines are there`);
}
