import { answerCalls } from '../../core/process/worker-calls.js';
import { readPictureSync } from '../../io/pictures/read-picture.js';
import { firstRow, writeRow } from './picture-rows.js';
import type { PictureAnswer, PictureJob } from './picture-threads.js';

/** Reads pictures until one fails: what is wrong with it is said by the thread that asked, which reads it once more. */
answerCalls(({ paths, maxPixels, stop, first, rows }: PictureJob): PictureAnswer => {
  const start = performance.now();
  let done = 0;
  try {
    if (first !== undefined) {
      const path = paths[0]!;
      const row = readPictureSync('loadImageFolder', path, maxPixels, (picture) =>
        firstRow(picture, first, path),
      );
      return { done: 1, first: row, milliseconds: performance.now() - start };
    }
    const { X, form, begin } = rows;
    for (const path of paths) {
      if (Atomics.load(stop, 0) !== 0) break;
      readPictureSync('loadImageFolder', path, maxPixels, (picture) =>
        writeRow(picture, form, path, X, begin + done),
      );
      done++;
    }
  } catch {}
  return { done, milliseconds: performance.now() - start };
});
