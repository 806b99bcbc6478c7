import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { allocate } from '../../lib/core/memory.js';
import { PictureThreads } from '../../lib/data/pictures/picture-threads.js';
import { fixture } from '../fixtures/index.js';

const picture = (name: string) => fixture(`images/${name}`);
const wishes = { size: undefined, channels: undefined, layout: 'HWC', firstFile: 'rgb.png' } as const;
const { pixels } = JSON.parse(readFileSync(picture('expected.json'), 'utf8'))['rgb.png'];

function threads(count: number): PictureThreads {
  const made = new PictureThreads(count, 1e6);
  onTestFinished(() => made.end());
  return made;
}

test('PictureThreads reads pictures up to the first that fails', async () => {
  const two = threads(2);
  const first = await two.first(picture('rgb.png'), wishes);
  expect(first?.form).toMatchObject({ height: 11, width: 13, channels: 3 });
  expect([...first!.row]).toEqual(pixels);
  const X = allocate('uint8', 4 * 429);
  const rows = (begin: number) => ({ form: first!.form, X, begin });
  const [good, bad] = await Promise.all([
    two.read([picture('rgb.png'), picture('interlaced.png')], rows(2)),
    two.read([picture('rgb.png'), picture('cmyk.jpg'), picture('rgb.png')], rows(0)),
  ]);
  expect([good, bad]).toEqual([2, 1]);
  expect([...X.subarray(0, 429)]).toEqual(pixels);
  expect(X.subarray(429, 858).every((value) => value === 0)).toBe(true);
  expect([...X.subarray(858)]).toEqual([...pixels, ...pixels]);
  expect(two.failed).toBe(false);
  expect(await two.first(picture('cmyk.jpg'), wishes)).toBeUndefined();
});

test('PictureThreads answers the picture under way when it is ended, and nothing afterwards', async () => {
  const one = threads(1);
  const reading = one.first(picture('rgb.png'), wishes);
  await one.end();
  expect(await reading).toMatchObject({ form: { height: 11, width: 13 } });
  expect({ failed: one.failed, isFree: one.isFree }).toEqual({ failed: true, isFree: false });
  expect(await one.first(picture('rgb.png'), wishes)).toBeUndefined();
});

test('PictureThreads.worthwhile keeps small folders on one thread', () => {
  expect(PictureThreads.worthwhile(100, 100_000)).toBe(0);
  expect(PictureThreads.worthwhile(3000, 3_000_000)).toBeGreaterThan(0);
  expect(PictureThreads.worthwhile(1, 1e9)).toBe(1);
});
