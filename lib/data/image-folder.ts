import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isUrl } from '../core/built-ins.js';
import { describe } from '../core/describe.js';
import { ArgumentError, FormatError } from '../core/errors.js';
import { fileError } from '../core/files.js';
import { allocate } from '../core/memory.js';
import { abortSignal, checkOptions, fn, integerIn, oneOf, optional, type Rule } from '../core/options.js';
import { Tensor } from '../core/tensor.js';
import { maxPixelsOption, readPicture } from '../io/images.js';
import { type Picture, withChannels } from '../io/picture.js';
import { resize } from './resize.js';

/** How far {@link loadImageFolder} is. */
export interface ImageFolderProgress {
  /** Pictures read. */
  readonly done: number;
  readonly count: number;
}

export interface ImageFolderOptions {
  /** [height, width] that all pictures are brought to; default: that which they all have. */
  readonly size?: readonly [height: number, width: number];
  /** 1: grey; 3: red, green, blue; default: as the first picture. */
  readonly channels?: 1 | 3;
  /** How a row of X is laid out: plane after plane, as in CIFAR-10 (the default), or pixel after pixel. */
  readonly layout?: 'CHW' | 'HWC';
  /** A picture of more pixels than this, as its file has it, is refused; default: as for `loadImage`. */
  readonly maxPixels?: number;
  /** Stops the reading; `loadImageFolder` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each picture. */
  readonly onProgress?: (progress: ImageFolderProgress) => void;
}

/** Pictures of one size and their classes. */
export interface ImageFolder {
  /** (N, C·H·W) uint8, a picture a row, on shared memory. */
  readonly X: Tensor;
  /** N class indices. */
  readonly y: Int32Array;
  /** The names of the sub-folders, sorted. */
  readonly classes: readonly string[];
  /** N paths below the folder, with slashes. */
  readonly files: readonly string[];
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/** Larger pictures than that make rows that nobody trains on. */
const side = integerIn(1, 1 << 14);

const sizeRule: Rule<readonly [number, number]> = {
  expected: `[height, width], both ${side.expected}`,
  plural: 'pairs of a height and a width',
  accepts: (value): value is readonly [number, number] =>
    Array.isArray(value) && value.length === 2 && value.every((one) => side.accepts(one)),
};

const folderOptions = {
  size: optional(sizeRule),
  channels: optional(oneOf(1, 3)),
  layout: optional(oneOf('CHW', 'HWC'), 'CHW'),
  maxPixels: maxPixelsOption,
  signal: optional(abortSignal),
  onProgress: optional(fn<(progress: ImageFolderProgress) => void>()),
};

/** Pictures on their way at once: reading waits for the disk, and inflating for other threads. */
const readAhead = 4;

const pictureName = /\.(png|jpe?g)$/i;

/**
 * Reads a folder with a sub-folder of PNG and JPEG pictures for each class, as `cats/1.png`, `dogs/1.png`. Classes and files come in the
 * order of their names (by code units). Files with other endings, and those and folders whose names begin with a dot, are passed over.
 * @throws ArgumentError for a folder that cannot be read or has no sub-folders, or a class without pictures
 * @throws FormatError for a picture that is damaged, or has another size or more colours than the first, if neither is asked for
 * @throws the signal's reason when it is aborted
 */
export async function loadImageFolder(
  folder: string | URL,
  options: ImageFolderOptions = {},
): Promise<ImageFolder> {
  const { size, channels, layout, maxPixels, signal, onProgress } = checkOptions(
    'loadImageFolder',
    options,
    folderOptions,
  );
  signal?.throwIfAborted();
  const { place, classes, files, labels } = await findPictures(folder);
  let first: Picture | undefined;
  let X: Uint8Array = new Uint8Array(0);
  const paths = files.map((file) => join(place, ...file.split('/')));
  const ahead: Promise<Picture>[] = [];
  for (const [row, path] of paths.entries()) {
    for (let next = row + ahead.length; ahead.length < readAhead && next < paths.length; next++) {
      const reading = readPicture('loadImageFolder', paths[next]!, maxPixels);
      // Its turn to be waited for may never come.
      reading.catch(() => undefined);
      ahead.push(reading);
    }
    const found = await ahead.shift()!;
    signal?.throwIfAborted();
    const wanted = channels ?? first?.channels ?? found.channels;
    if (channels === undefined && found.channels > wanted) {
      throw new FormatError(
        `loadImageFolder: ${path}: expected a grey picture, as ${files[0]} is, but received colours; say channels: 1 or 3`,
      );
    }
    const picture = resize(withChannels(found, wanted), size?.[0] ?? found.height, size?.[1] ?? found.width);
    if (first === undefined) {
      first = picture;
      X = allocate('uint8', files.length * picture.pixels.length);
    }
    if (picture.height !== first.height || picture.width !== first.width) {
      throw new FormatError(
        `loadImageFolder: ${path}: expected ${first.height} × ${first.width} pixels, as ${files[0]} has, but received ` +
          `${picture.height} × ${picture.width}; say which size all shall have`,
      );
    }
    writeRow(picture, layout, X, row * first.pixels.length);
    onProgress?.({ done: row + 1, count: files.length });
  }
  const { height, width, channels: planes } = first!;
  return {
    X: new Tensor(X, [files.length, height * width * planes]),
    y: labels,
    classes,
    files,
    height,
    width,
    channels: planes,
  };
}

/** The pictures below a folder, and their classes. */
async function findPictures(folder: string | URL) {
  if (typeof folder !== 'string' && !isUrl(folder)) {
    throw new ArgumentError(`loadImageFolder: expected a folder but received ${describe(folder)}`);
  }
  const files: string[] = [];
  const labels: number[] = [];
  const classes: string[] = [];
  try {
    const place = isUrl(folder) ? fileURLToPath(folder) : folder;
    for (const name of await visibleNames(place)) {
      const inside = join(place, name);
      if (!(await stat(inside)).isDirectory()) continue;
      const pictures = (await visibleNames(inside)).filter((file) => pictureName.test(file));
      if (pictures.length === 0) {
        throw new ArgumentError(`loadImageFolder: expected PNG or JPEG pictures in ${inside} but found none`);
      }
      for (const file of pictures) {
        files.push(`${name}/${file}`);
        labels.push(classes.length);
      }
      classes.push(name);
    }
    if (classes.length === 0) {
      throw new ArgumentError(
        `loadImageFolder: expected a sub-folder for each class in ${place} but found none`,
      );
    }
    const y = allocate('int32', labels.length);
    y.set(labels);
    return { place, classes, files, labels: y };
  } catch (cause) {
    throw fileError('loadImageFolder', 'read', folder, cause);
  }
}

async function visibleNames(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
}

function writeRow({ pixels, channels }: Picture, layout: 'CHW' | 'HWC', X: Uint8Array, start: number): void {
  if (channels === 1 || layout === 'HWC') {
    X.set(pixels, start);
    return;
  }
  let at = start;
  for (let c = 0; c < channels; c++) {
    for (let i = c; i < pixels.length; i += channels) X[at++] = pixels[i]!;
  }
}
