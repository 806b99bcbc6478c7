import { readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError } from '../../lib/core/errors.js';
import { type ImageFolderOptions, loadImageFolder } from '../../lib/data/image-folder.js';
import { resize } from '../../lib/data/resize.js';
import { loadImage, savePng } from '../../lib/io/images.js';
import { fixture } from '../fixtures/index.js';
import { temporaryFolder } from '../temporary-folder.js';

const expected = JSON.parse(readFileSync(fixture('images/expected.json'), 'utf8')) as Record<
  string,
  { readonly shape: [number, number, number]; readonly pixels: number[] }
>;

/** A folder of files: a name of a fixture, or the contents. */
async function folderOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, contents] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(join(path, '..'), { recursive: true });
    if (typeof contents === 'string') await copyFile(fixture(`images/${contents}`), path);
    else await writeFile(path, contents);
  }
  return folder;
}

describe('loadImageFolder', () => {
  test('reads a class a sub-folder, in the order of the names', async () => {
    const folder = await folderOf({
      'dogs/b.png': 'rgb.png',
      'dogs/a.PNG': 'palette.png',
      'cats/10.jpeg': 'rgb.jpg',
      'cats/9.jpg': 'progressive.jpg',
      'cats/.DS_Store': new Uint8Array(3),
      'cats/notes.txt': new Uint8Array(3),
      '.git/x.png': 'rgb.png',
      'README.md': new Uint8Array(3),
    });
    const seen: number[] = [];
    const { X, y, ...rest } = await loadImageFolder(folder, {
      onProgress: ({ done, count }) => seen.push(done / count),
    });
    expect(rest).toEqual({
      classes: ['cats', 'dogs'],
      files: ['cats/10.jpeg', 'cats/9.jpg', 'dogs/a.PNG', 'dogs/b.png'],
      height: 11,
      width: 13,
      channels: 3,
    });
    expect(y).toEqual(Int32Array.of(0, 0, 1, 1));
    expect(X).toMatchObject({ shape: [4, 3 * 11 * 13], dtype: 'uint8' });
    expect(X.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(seen).toEqual([0.25, 0.5, 0.75, 1]);
    // Plane after plane.
    const { pixels } = expected['rgb.png']!;
    const planes = [0, 1, 2].flatMap((c) => pixels.filter((_, i) => i % 3 === c));
    expect([...X.slice(3)]).toEqual(planes);
    const pixelwise = await loadImageFolder(pathToFileURL(folder), { layout: 'HWC' });
    expect([...pixelwise.X.slice(3)]).toEqual(pixels);
  });

  test('brings pictures to one size and to grey', async () => {
    const folder = await folderOf({ 'a/1.png': 'rgb.png', 'b/1.png': 'grey.png' });
    await savePng(join(folder, 'b/2.png'), [[7]]);
    const { X, height, width, channels } = await loadImageFolder(folder, { size: [2, 3], channels: 1 });
    expect({ height, width, channels }).toEqual({ height: 2, width: 3, channels: 1 });
    expect(X.shape).toEqual([3, 6]);
    expect([...X.slice(2)]).toEqual([7, 7, 7, 7, 7, 7]);
  });

  test('makes grey pictures behind a coloured one coloured, not the other way round', async () => {
    const coloured = await loadImageFolder(await folderOf({ 'a/1.png': 'rgb.png', 'b/1.png': 'grey.png' }));
    expect(coloured.channels).toBe(3);
    const grey = expected['grey.png']!.pixels;
    expect([...coloured.X.slice(1)]).toEqual([...grey, ...grey, ...grey]);
    const folder = await folderOf({ 'a/1.png': 'grey.png', 'b/1.png': 'rgb.png' });
    await expect(loadImageFolder(folder)).rejects.toThrow(FormatError);
    await expect(loadImageFolder(folder)).rejects.toThrow(
      `${join(folder, 'b/1.png')}: expected a grey picture, as a/1.png is, but received colours; say channels: 1 or 3`,
    );
    expect((await loadImageFolder(folder, { channels: 3 })).channels).toBe(3);
  });

  test('names the picture that is damaged or of another size', async () => {
    const damaged = await folderOf({ 'a/1.png': 'rgb.png', 'b/2.png': Buffer.from('no picture') });
    await expect(loadImageFolder(damaged)).rejects.toThrow(FormatError);
    await expect(loadImageFolder(damaged)).rejects.toThrow(
      `loadImageFolder: ${join(damaged, 'b/2.png')}: expected a PNG or JPEG picture but the file is neither`,
    );
    const mixed = await folderOf({ 'a/1.png': 'rgb.png' });
    await savePng(join(mixed, 'a/2.png'), [[1, 2]]);
    await expect(loadImageFolder(mixed)).rejects.toThrow(
      `${join(mixed, 'a/2.png')}: expected 11 × 13 pixels, as a/1.png has, but received 1 × 2; say which size`,
    );
  });

  test('refuses a folder without classes or pictures', async () => {
    const empty = await temporaryFolder();
    await expect(loadImageFolder(empty)).rejects.toThrow(
      `expected a sub-folder for each class in ${empty} but found none`,
    );
    await expect(loadImageFolder(join(empty, 'none'))).rejects.toThrow('there is no such file or folder');
    const folder = await folderOf({ 'a/1.png': 'rgb.png', 'b/1.bmp': new Uint8Array(1) });
    await expect(loadImageFolder(folder)).rejects.toThrow(ArgumentError);
    await expect(loadImageFolder(folder)).rejects.toThrow(
      `expected PNG or JPEG pictures in ${join(folder, 'b')}`,
    );
    await expect(loadImageFolder(fixture('index.ts'))).rejects.toThrow(ArgumentError);
  });

  test('stops at a signal', async () => {
    const folder = await folderOf({ 'a/1.png': 'rgb.png', 'a/2.png': 'rgb.png', 'a/3.png': 'rgb.png' });
    await expect(loadImageFolder(folder, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
    const controller = new AbortController();
    let last = 0;
    const onProgress = ({ done }: { readonly done: number }) => {
      last = done;
      if (done === 2) controller.abort(new Error('enough'));
    };
    await expect(loadImageFolder(folder, { signal: controller.signal, onProgress })).rejects.toThrow(
      'enough',
    );
    expect(last).toBe(2);
  });

  test.each<[string, ImageFolderOptions, string]>([
    ['a size of one number', { size: 28 as never }, 'option size to be [height, width]'],
    ['a size of 0', { size: [0, 28] }, 'option size to be [height, width]'],
    ['two channels', { channels: 2 as never }, 'option channels to be 1 or 3 but received 2'],
    ['a misspelled layout', { layout: 'chw' as never }, "did you mean 'CHW'?"],
  ])('refuses %s', async (_name, options, message) => {
    await expect(loadImageFolder('nowhere', options)).rejects.toThrow(ArgumentError);
    await expect(loadImageFolder('nowhere', options)).rejects.toThrow(message);
  });

  test('refuses what is no folder', async () => {
    await expect(loadImageFolder(7 as never)).rejects.toThrow('expected a folder but received 7');
  });
});

describe('resize', () => {
  test.each(['rgb.png to 5 x 4', 'rgb.png to 20 x 31', 'rgb.png to 4 x 31'])(
    'makes %s as Pillow does',
    async (name) => {
      const image = await loadImage(fixture('images/rgb.png'));
      const { shape, pixels } = expected[name]!;
      const [height, width] = shape;
      const picture = { height: 11, width: 13, channels: 3, pixels: image.elements() as Uint8Array } as const;
      const resized = resize(picture, height, width);
      expect(resized).toMatchObject({ height, width, channels: 3 });
      // Pillow rounds between the two axes.
      const differences = [...resized.pixels].map((value, i) => Math.abs(value - pixels[i]!));
      expect(differences).toHaveLength(pixels.length);
      expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    },
  );

  test('keeps a constant constant', () => {
    const pixels = new Uint8Array(35).fill(201);
    for (const [height, width] of [
      [1, 1],
      [3, 2],
      [5, 7],
      [64, 1],
      [9, 100],
    ] as const) {
      const resized = resize({ height: 5, width: 7, channels: 1, pixels }, height, width);
      expect(resized.pixels).toEqual(new Uint8Array(height * width).fill(201));
    }
  });
});
