/**
 * CS189, second part: convolution of a picture with a stack of masks (central differences and Prewitt's operator), its gradients, and
 * max pooling. Writes what the masks make of some digits as pictures.
 *
 * node examples/cs189-filters.js [--out DIR]
 */
import { join } from 'node:path';
import {
  convBackward,
  convForward,
  evalNumericalGradientArray,
  loadDigits,
  maxPoolBackward,
  maxPoolForward,
  RandomState,
  relError,
  savePng,
  Tensor,
  tensor,
} from 'gemmnet';
import { exact, printFigures, within } from './course-figures.js';
import { outFolder } from './example-options.js';

/**
 * The masks as the sheet defines them, for a convolution, which turns a mask around: (I * G)[t] = Σ I[t − s]·G[s]. So
 * G = [½, 0, −½] makes (I[t + 1] − I[t − 1]) / 2.
 */
const masks = {
  'central difference x': [
    [0, 0, 0],
    [0.5, 0, -0.5],
    [0, 0, 0],
  ],
  'central difference y': [
    [0, 0.5, 0],
    [0, 0, 0],
    [0, -0.5, 0],
  ],
  'Prewitt x': [
    [1, 0, -1],
    [1, 0, -1],
    [1, 0, -1],
  ],
  'Prewitt y': [
    [1, 1, 1],
    [0, 0, 0],
    [-1, -1, -1],
  ],
};

/** The stack of masks as convForward takes it, which does not turn them around: (masks, 1, 3, 3). */
const stack = tensor(Object.values(masks).map((mask) => [mask.map((row) => row.toReversed()).toReversed()]));
const noBias = Object.keys(masks).map(() => 0);

/** @param {Tensor} picture (H, W) @returns {Tensor} (masks, H, W) */
function filter(picture) {
  const [height = 0, width = 0] = picture.shape;
  const { out } = convForward(picture.reshape(1, 1, height, width), stack, noBias, { pad: 1 });
  return out.reshape(noBias.length, height, width);
}

function slopes() {
  // A plane that rises by 3 to the right and by 2 downwards.
  const plane = tensor(
    Array.from({ length: 9 }, (_, y) => Array.from({ length: 7 }, (_, x) => 3 * x + 2 * y)),
  );
  const at = filter(plane);
  printFigures('Slopes of a plane, 3 to the right and 2 downwards', [
    exact('central difference x', 3, at.get(0, 4, 3)),
    exact('central difference y', 2, at.get(1, 4, 3)),
    exact('Prewitt x: six times', 18, at.get(2, 4, 3)),
    exact('Prewitt y: six times', 12, at.get(3, 4, 3)),
  ]);
}

function gradients() {
  const rng = new RandomState(231);
  const [x, w, b] = [rng.randn(2, 3, 7, 8), rng.randn(4, 3, 3, 3), rng.randn(4)];
  const stride = { stride: 2 };
  const { out, cache } = convForward(x, w, b, stride);
  const dout = rng.randn(...out.shape);
  const { dx, dw, db } = convBackward(dout, cache);
  const pool = { poolHeight: 2, poolWidth: 2, stride: 2 };
  const pooled = maxPoolForward(x, pool);
  const dpooled = rng.randn(...pooled.out.shape);
  /** @param {(at: Tensor) => Tensor} f @param {Tensor} at @param {Tensor} d */
  const numeric = (f, at, d) => evalNumericalGradientArray(f, at, d);
  printFigures('Gradients against central differences: relative errors', [
    within(
      'by the image',
      0,
      relError(
        dx,
        numeric((v) => convForward(v, w, b, stride).out, x, dout),
      ),
      1e-6,
    ),
    within(
      'by the masks',
      0,
      relError(
        dw,
        numeric((v) => convForward(x, v, b, stride).out, w, dout),
      ),
      1e-6,
    ),
    within(
      'by the biases',
      0,
      relError(
        db,
        numeric((v) => convForward(x, w, v, stride).out, b, dout),
      ),
      1e-6,
    ),
    within(
      'of max pooling',
      0,
      relError(
        maxPoolBackward(dpooled, pooled.cache),
        numeric((v) => maxPoolForward(v, pool).out, x, dpooled),
      ),
      1e-6,
    ),
  ]);
}

/** Four rows of four digits, each of 8×8 pixels of 0 … 16, eight times as large, and the steps smoothed by a mask of that size. */
function someDigits() {
  const { X } = loadDigits();
  const side = 256;
  const pixels = Float64Array.from({ length: side * side }, (_, i) => {
    const [y, x] = [Math.floor(i / side / 8), Math.floor((i % side) / 8)];
    return X.get(4 * Math.floor(y / 8) + Math.floor(x / 8), 8 * (y % 8) + (x % 8));
  });
  const mean = new Tensor(new Float64Array(64).fill(1 / 64), [1, 1, 8, 8]);
  const { out } = convForward(new Tensor(pixels, [1, 1, side, side]), mean, [0]);
  return out.reshape(...out.shape.slice(2));
}

/** Grey where there is no slope. @param {Tensor} values (H, W) @param {number} largest */
const asPicture = (values, largest) =>
  tensor(
    Uint8Array.from(values.elements(), (value) => Math.max(0, Math.min(255, 128 + (127 * value) / largest))),
    values.shape,
  );

async function pictures() {
  const folder = outFolder();
  const digits = someDigits();
  const grey = Uint8Array.from(digits.elements(), (value) => (255 * value) / 16);
  await savePng(join(folder, 'digits.png'), tensor(grey, digits.shape));
  const filtered = filter(digits);
  for (const [i, name] of Object.keys(masks).entries()) {
    const response = filtered.slice(i, i + 1).reshape(...digits.shape);
    const largest = name.startsWith('Prewitt') ? 12 : 2;
    await savePng(join(folder, `${name.replaceAll(' ', '-')}.png`), asPicture(response, largest));
  }
  const { out } = maxPoolForward(digits.reshape(1, 1, ...digits.shape), {
    poolHeight: 8,
    poolWidth: 8,
    stride: 8,
  });
  await savePng(join(folder, 'max-pooled.png'), asPicture(out.reshape(...out.shape.slice(2)), 16));
  console.log(`\nPictures: ${folder}`);
}

slopes();
gradients();
await pictures();
