import type { Dirent, Stats } from 'node:fs';
import { readdir, readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isUrl } from '../core/built-ins.js';
import type { Callback } from '../core/callback.js';
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
  readonly onProgress?: Callback<[progress: ImageFolderProgress]>;
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
  onProgress: optional(fn<Callback<[progress: ImageFolderProgress]>>()),
};

/** Pictures on their way at once: reading waits for the disk, and inflating for other threads. */
const readAhead = 4;

const pictureName = /\.(png|jpe?g|jpe|jfif)$/i;
/** Pictures, but none that can be read: to pass them over would lose a part of the data. */
const otherPicture = /\.(avif|bmp|gif|hei[cf]|jp2|jxl|p[bgnp]m|tiff?|webp)$/i;

/** What systems put beside pictures: the attributes of a zip file made on macOS, the thumbnails of a network drive. */
const systemFolders: ReadonlySet<string> = new Set(['__MACOSX', '@eaDir']);

/**
 * Reads a folder with a sub-folder of PNG and JPEG pictures for each class, as `cats/1.png`, `dogs/1.png`. A class may have folders
 * within, as `cats/2024/1.png`: the pictures in them belong to it, as in torchvision's `ImageFolder`. Classes come in the order of
 * their names, then folders of a class in the order of their paths, then files in that of their names (by code units).
 *
 * Passed over are names that begin with a dot (`.DS_Store`, `.ipynb_checkpoints`), the folders `__MACOSX` and `@eaDir`, files that by their
 * endings are no pictures (`Thumbs.db`), and files beside the class folders. Links are followed; a folder is read once for a class,
 * however many links lead to it, so that loops of links end.
 * @throws ArgumentError for a folder or a link that cannot be read or leads nowhere, a folder without sub-folders, a class without
 *   pictures, or with pictures of other formats
 * @throws FormatError for a picture that is damaged or has more than `maxPixels` pixels, or has another size or more colours than the
 *   first, if neither is asked for
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
          `${picture.height} × ${picture.width}; say which size all shall have, as size: [${first.height}, ${first.width}]`,
      );
    }
    writeRow(picture, layout, X, row * first.pixels.length);
    await onProgress?.({ done: row + 1, count: files.length });
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
  const place = await reading(folder, async () => (isUrl(folder) ? fileURLToPath(folder) : folder));
  const root = await reading(folder, () => realpath(place));
  for (const { name, kind } of await entriesOf(place)) {
    if (!kind.isDirectory()) continue;
    const pictures = await picturesBelow(place, name, root);
    if (pictures.length === 0) {
      throw new ArgumentError(
        `loadImageFolder: expected PNG or JPEG pictures in ${join(place, name)} but found none`,
      );
    }
    files.push(...pictures);
    labels.push(...pictures.map(() => classes.length));
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
}

/**
 * @param root the real path of `place`: no part of a class, should a link lead there
 * @returns the pictures of a class, as paths below `place` with slashes
 */
async function picturesBelow(place: string, className: string, root: string): Promise<readonly string[]> {
  const seen = new Set([root]);
  const picturesOf = new Map<string, readonly string[]>();
  for (const waiting = [className]; waiting.length > 0; ) {
    const folder = waiting.pop()!;
    const path = join(place, ...folder.split('/'));
    const real = await reading(path, () => realpath(path));
    if (seen.has(real)) continue;
    seen.add(real);
    const pictures: string[] = [];
    for (const { name, kind } of await entriesOf(path)) {
      if (kind.isDirectory()) waiting.push(`${folder}/${name}`);
      else if (otherPicture.test(name)) {
        throw new ArgumentError(
          `loadImageFolder: expected PNG or JPEG pictures in ${path} but found ${name}; convert it, or move it elsewhere`,
        );
      } else if (pictureName.test(name)) {
        if (!kind.isFile()) {
          throw new ArgumentError(`loadImageFolder: ${join(path, name)}: expected a file but it is none`);
        }
        pictures.push(`${folder}/${name}`);
      }
    }
    picturesOf.set(folder, pictures);
  }
  return [...picturesOf.keys()].sort().flatMap((folder) => picturesOf.get(folder)!);
}

/** What a folder holds, sorted by name, without what is hidden; links are what they lead to. */
async function entriesOf(folder: string) {
  const entries = await reading(folder, () => readdir(folder, { withFileTypes: true }));
  const found: { readonly name: string; readonly kind: Dirent | Stats }[] = [];
  for (const entry of entries) {
    const { name } = entry;
    if (name.startsWith('.') || systemFolders.has(name)) continue;
    found.push({ name, kind: entry.isSymbolicLink() ? await targetOf(join(folder, name)) : entry });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a link leads to. */
async function targetOf(link: string): Promise<Stats> {
  try {
    return await stat(link);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ELOOP') throw fileError('loadImageFolder', 'read', link, cause);
    const target = await reading(link, () => readlink(link));
    const where = code === 'ENOENT' ? `nowhere: there is no ${target}` : `back to itself, by ${target}`;
    throw new ArgumentError(
      `loadImageFolder: cannot read ${link}: the link leads ${where}; mend or remove it`,
      {
        cause,
      },
    );
  }
}

async function reading<Result>(path: string | URL, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (cause) {
    throw fileError('loadImageFolder', 'read', path, cause);
  }
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
