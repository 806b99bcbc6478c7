import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { loadImageFolder } from '../../lib/data/pictures/image-folder.js';
import { encodePng } from '../../lib/io/pictures/png.js';
import { temporaryFolder } from '../temporary-folder.js';

let calls = 0;

vi.mock('../../lib/core/process/worker-thread.js', () => ({
  // As in a bundle that left the worker's file out, or where permissions forbid threads.
  WorkerThread: class {
    call() {
      calls++;
      return Promise.reject(new Error('no threads'));
    }
    terminate() {
      return Promise.resolve();
    }
  },
}));

test('loadImageFolder reads many pictures where threads cannot start', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'a'));
  for (let i = 0; i < 450; i++) {
    await writeFile(join(folder, 'a', `${1000 + i}.png`), await encodePng(1, 1, 1, Uint8Array.of(i % 256)));
  }
  const seen: number[] = [];
  const { X } = await loadImageFolder(folder, { onProgress: ({ done }) => seen.push(done) });
  expect([...X]).toEqual(Array.from({ length: 450 }, (_, i) => i % 256));
  expect(seen).toEqual(Array.from({ length: 450 }, (_, i) => i + 1));
  expect(calls).toBe(1);
});
