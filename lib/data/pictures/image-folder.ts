import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Callback } from '../../core/callback.js';
import { allocate } from '../../core/memory.js';
import { abortSignal, checkOptions, fn, integerIn, oneOf, optional, type Rule } from '../../core/options.js';
import { Tensor } from '../../core/tensors/tensor.js';
import { maxPixelsOption } from '../../io/pictures/load-image.js';
import type { Picture } from '../../io/pictures/picture.js';
import { readPicture } from '../../io/pictures/read-picture.js';
import { findPictures } from './class-folders.js';
import { firstRow, type PictureWishes, writeRow } from './picture-rows.js';
import { PictureThreads, type RowsOfX } from './picture-threads.js';

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

/** Pictures on their way at once, where no threads read: reading waits for the disk, and inflating for other threads. */
const readAhead = 4;

/** Files whose length is looked up. */
const sampleSize = 50;

/**
 * Reads a folder with a sub-folder of PNG and JPEG pictures for each class, as `cats/1.png`, `dogs/1.png`. A class may have folders
 * within, as `cats/2024/1.png`: the pictures in them belong to it, as in torchvision's `ImageFolder`. Classes come in the order of
 * their names, then folders of a class in the order of their paths, then files in that of their names (by code units).
 *
 * Passed over are names that begin with a dot (`.DS_Store`, `.ipynb_checkpoints`), the folders `__MACOSX` and `@eaDir`, files that by their
 * endings are no pictures (`Thumbs.db`), and files beside the class folders. Links are followed; a folder is read once for a class,
 * however many links lead to it, so that loops of links end.
 *
 * Threads read and decode many or large pictures, one a processor (16 at most), each with one picture at a time in memory; a few small
 * ones, or all where threads cannot start, are read by the calling thread.
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
  const paths = files.map((file) => join(place, ...file.split('/')));
  const wishes: PictureWishes = { size, channels, layout, firstFile: files[0]! };
  const count = paths.length;
  const threads = new PictureThreads(PictureThreads.worthwhile(count, await bytesOf(paths)), maxPixels);
  const stop = () => void threads.end();
  signal?.addEventListener('abort', stop);
  try {
    signal?.throwIfAborted();
    const { form, row: firstOfX } =
      (await threads.first(paths[0]!, wishes)) ??
      (await readHere(paths[0]!, maxPixels, signal, (picture) => firstRow(picture, wishes, paths[0]!)));
    signal?.throwIfAborted();
    const X = allocate('uint8', count * firstOfX.length);
    X.set(firstOfX);
    await onProgress?.({ done: 1, count });
    const read = (row: number) =>
      readHere(paths[row]!, maxPixels, signal, (picture) => writeRow(picture, form, paths[row]!, X, row));
    for await (const row of readRows({ form, X, begin: 1 }, paths, threads, read)) {
      signal?.throwIfAborted();
      await onProgress?.({ done: row + 1, count });
    }
    const { height, width, channels: planes } = form;
    return {
      X: new Tensor(X, [count, firstOfX.length]),
      y: labels,
      classes,
      files,
      height,
      width,
      channels: planes,
    };
  } finally {
    signal?.removeEventListener('abort', stop);
    await threads.end();
  }
}

/**
 * Reads pictures into their rows of X, on the threads while there are any, else on this one.
 * @param read reads the picture of a row on this thread, and throws what is wrong with it
 * @returns the rows in order, each when it is there
 */
async function* readRows(
  { form, X, begin }: RowsOfX,
  paths: readonly string[],
  threads: PictureThreads,
  read: (row: number) => Promise<void>,
): AsyncGenerator<number, void, void> {
  const ahead: { readonly end: number; readonly done: Promise<number> }[] = [];
  let next = begin;
  for (let row = begin; row < paths.length; ) {
    while (next < paths.length && (threads.isFree || (threads.failed && ahead.length < readAhead))) {
      const start = next;
      next += threads.failed ? 1 : threads.batch(paths.length - next);
      const done = threads.failed
        ? read(start).then(() => 1)
        : threads.read(paths.slice(start, next), { form, X, begin: start });
      // Its turn to be waited for may never come.
      done.catch(() => undefined);
      ahead.push({ end: next, done });
    }
    const { end, done } = ahead.shift()!;
    for (const there = row + (await done); row < end; row++) {
      if (row >= there) await read(row);
      yield row;
    }
  }
}

/** Reads a picture on this thread. */
async function readHere<Result>(
  path: string,
  maxPixels: number,
  signal: AbortSignal | undefined,
  take: (picture: Picture) => Result,
): Promise<Result> {
  signal?.throwIfAborted();
  return await readPicture('loadImageFolder', path, maxPixels, take);
}

/** How long the files are, together, by some of them; what cannot be read counts nothing. */
async function bytesOf(paths: readonly string[]): Promise<number> {
  const step = Math.ceil(paths.length / sampleSize);
  const sample = paths.filter((_, i) => i % step === 0);
  const sizes = await Promise.all(
    sample.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return (sizes.reduce((sum, size) => sum + size, 0) * paths.length) / sample.length;
}
