import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type ImageFolderOptions, loadImageFolder } from '../../lib/data/pictures/image-folder.js';
import { resize } from '../../lib/data/pictures/resize.js';
import { loadImage } from '../../lib/io/pictures/load-image.js';
import type { Picture } from '../../lib/io/pictures/picture.js';
import { encodePng } from '../../lib/io/pictures/png.js';
import { savePng } from '../../lib/io/pictures/save-png.js';
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
  test('waits for an async onProgress, and rejects with it', async () => {
    const folder = await folderOf({ 'a/1.png': 'rgb.png', 'a/2.png': 'rgb.png' });
    let calls = 0;
    const loading = loadImageFolder(folder, {
      onProgress: async () => {
        calls++;
        throw new RangeError('disk full');
      },
    });
    await expect(loading).rejects.toThrow('disk full');
    expect(calls).toBe(1);
  });

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
      `${join(mixed, 'a/2.png')}: expected 11 × 13 pixels, as a/1.png has, but received 1 × 2; ` +
        'say which size all shall have, as size: [11, 13]',
    );
  });

  test('reads the folders within a class, in the order of their paths', async () => {
    const folder = await folderOf({
      'cats/b.png': 'rgb.png',
      'cats/2024/z.png': 'rgb.png',
      'cats/2024/june/a.jpg': 'rgb.jpg',
      'cats/2024-old/a.JPG': 'rgb.jpg',
      'dogs/deep/er/1.jfif': 'rgb.jpg',
    });
    const { files, y, classes } = await loadImageFolder(folder);
    expect(classes).toEqual(['cats', 'dogs']);
    // As torchvision's ImageFolder has them: `-` comes before `/`.
    expect(files).toEqual([
      'cats/b.png',
      'cats/2024/z.png',
      'cats/2024-old/a.JPG',
      'cats/2024/june/a.jpg',
      'dogs/deep/er/1.jfif',
    ]);
    expect(y).toEqual(Int32Array.of(0, 0, 0, 0, 1));
  });

  test('passes over what systems leave behind', async () => {
    const folder = await folderOf({
      'cats/1.png': 'rgb.png',
      'cats/.DS_Store': new Uint8Array(3),
      'cats/._1.png': new Uint8Array(3),
      'cats/Thumbs.db': new Uint8Array(3),
      'cats/desktop.ini': new Uint8Array(3),
      'cats/.ipynb_checkpoints/1.png': 'rgb.png',
      'cats/@eaDir/1.png/thumb.png': 'grey.png',
      '.ipynb_checkpoints/1.png': 'rgb.png',
      '__MACOSX/cats/1.png': 'rgb.png',
      'labels.csv': new Uint8Array(3),
    });
    const { files, classes } = await loadImageFolder(folder);
    expect({ files, classes }).toEqual({ files: ['cats/1.png'], classes: ['cats'] });
  });

  test.each(['1.bmp', '1.gif', '1.webp', '1.tif', '1.TIFF', '1.ppm', '1.heic', '1.avif'])(
    'refuses a class with %s, which it cannot read',
    async (name) => {
      const folder = await folderOf({ 'a/1.png': 'rgb.png', [`a/sub/${name}`]: new Uint8Array(1) });
      await expect(loadImageFolder(folder)).rejects.toThrow(ArgumentError);
      await expect(loadImageFolder(folder)).rejects.toThrow(
        `expected PNG or JPEG pictures in ${join(folder, 'a', 'sub')} but found ${name}; convert it`,
      );
    },
  );

  test('names a picture of another kind than its name says', async () => {
    const folder = await folderOf({ 'a/1.png': Buffer.from('GIF89a') });
    await expect(loadImageFolder(folder)).rejects.toThrow(
      `${join(folder, 'a/1.png')}: expected a PNG or JPEG picture but it is a GIF picture`,
    );
  });

  test('follows links', async () => {
    const elsewhere = await folderOf({ '1.png': 'rgb.png', 'in/2.png': 'rgb.png' });
    const folder = await folderOf({ 'b/0.png': 'rgb.png' });
    await symlink(elsewhere, join(folder, 'a'));
    await symlink(join(elsewhere, '1.png'), join(folder, 'b/1.png'));
    await symlink(join(elsewhere, 'in'), join(folder, 'b/more'));
    const { files } = await loadImageFolder(folder);
    expect(files).toEqual(['a/1.png', 'a/in/2.png', 'b/0.png', 'b/1.png', 'b/more/2.png']);
  });

  test('ends where links lead back', async () => {
    const folder = await folderOf({ 'a/1.png': 'rgb.png', 'a/in/2.png': 'rgb.png', 'b/3.png': 'rgb.png' });
    await symlink(folder, join(folder, 'a/in/root'));
    await symlink(join(folder, 'a'), join(folder, 'a/in/self'));
    await symlink(join(folder, 'b'), join(folder, 'b/loop'));
    const { files, y } = await loadImageFolder(folder);
    expect(files).toEqual(['a/1.png', 'a/in/2.png', 'b/3.png']);
    expect(y).toEqual(Int32Array.of(0, 0, 1));
    await symlink(folder, join(folder, 'c'));
    await expect(loadImageFolder(folder)).rejects.toThrow(`pictures in ${join(folder, 'c')} but found none`);
  });

  test.each(['gone', 'a/gone.png', 'a/in/gone'])('names the dangling link %s', async (name) => {
    const folder = await folderOf({ 'a/1.png': 'rgb.png', 'a/in/2.png': 'rgb.png' });
    await symlink('nowhere.png', join(folder, name));
    await expect(loadImageFolder(folder)).rejects.toThrow(ArgumentError);
    await expect(loadImageFolder(folder)).rejects.toThrow(
      `loadImageFolder: cannot read ${join(folder, name)}: the link leads nowhere: there is no nowhere.png`,
    );
  });

  test('names a link that leads to itself', async () => {
    const folder = await folderOf({ 'a/1.png': 'rgb.png' });
    await symlink('2.png', join(folder, 'a/2.png'));
    await expect(loadImageFolder(folder)).rejects.toThrow(
      `cannot read ${join(folder, 'a/2.png')}: the link leads back to itself`,
    );
  });

  test.skipIf(process.getuid?.() === 0)(
    'names what it may not read (needs a user who is not root)',
    async () => {
      const folder = await folderOf({ 'a/1.png': 'rgb.png', 'b/in/2.png': 'rgb.png' });
      await chmod(join(folder, 'b/in/2.png'), 0);
      await expect(loadImageFolder(folder)).rejects.toThrow(
        `cannot read ${join(folder, 'b/in/2.png')}: permission`,
      );
      await chmod(join(folder, 'b/in'), 0);
      await expect(loadImageFolder(folder)).rejects.toThrow(
        `cannot read ${join(folder, 'b/in')}: permission`,
      );
      await chmod(join(folder, 'b/in'), 0o700);
    },
  );

  test.skipIf(process.platform === 'win32')('does not wait for a pipe (needs mkfifo)', async () => {
    const folder = await folderOf({ 'a/1.png': 'rgb.png' });
    execFileSync('mkfifo', [join(folder, 'a/2.png')]);
    await expect(loadImageFolder(folder)).rejects.toThrow(
      `loadImageFolder: ${join(folder, 'a/2.png')}: expected a file but it is none`,
    );
  });

  test('reads pictures of one pixel', async () => {
    const folder = await folderOf({ 'a/1.png': 'one-pixel.png', 'b/1.jpg': 'one-pixel.jpg' });
    const { X, height, width } = await loadImageFolder(folder);
    expect({ height, width }).toEqual({ height: 1, width: 1 });
    expect(X.toArray()).toEqual([[200, 100, 50], expected['one-pixel.jpg']!.pixels]);
  });

  test('refuses a picture of more than maxPixels pixels', async () => {
    const folder = await folderOf({ 'a/1.png': 'rgb.png', 'b/1.jpg': 'rgb.jpg' });
    expect((await loadImageFolder(folder, { maxPixels: 143 })).files).toHaveLength(2);
    await expect(loadImageFolder(folder, { maxPixels: 142, size: [1, 1] })).rejects.toThrow(
      `loadImageFolder: ${join(folder, 'a/1.png')}: expected a picture of at most 142 pixels but it says 11 × 13; option maxPixels`,
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

/** Enough pictures for threads to read them: grey, 2 × 3 pixels, each of other values. */
async function manyPictures(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<string> {
  const pictures: Record<string, string | Uint8Array> = {};
  for (let i = 0; i < 450; i++) {
    const pixels = Uint8Array.from({ length: 6 }, (_, k) => (i * 7 + k) % 256);
    pictures[`${i < 200 ? 'a' : 'b'}/${String(i).padStart(3, '0')}.png`] = await encodePng(2, 3, 1, pixels);
  }
  return folderOf({ ...pictures, ...files });
}

describe('loadImageFolder of many pictures', () => {
  test('reads them all, each into its row, and tells of them in order', async () => {
    const folder = await manyPictures();
    const seen: number[] = [];
    const { X, y, files } = await loadImageFolder(folder, { onProgress: ({ done }) => seen.push(done) });
    expect(X.shape).toEqual([450, 6]);
    expect(X.toArray()).toEqual(
      Array.from({ length: 450 }, (_, i) => Array.from({ length: 6 }, (_, k) => (i * 7 + k) % 256)),
    );
    expect([...y]).toEqual(files.map((file) => (file.startsWith('a/') ? 0 : 1)));
    expect(seen).toEqual(Array.from({ length: 450 }, (_, i) => i + 1));
  });

  test('makes the same of pictures that are resized as of each alone', async () => {
    const folder = await manyPictures({
      'b/z.jpg': 'rgb.jpg',
      'b/z.png': 'interlaced.png',
      'a/0.png': 'rgba.png',
    });
    const { X, files } = await loadImageFolder(folder, { size: [5, 7], channels: 3, layout: 'HWC' });
    for (const [row, file] of files.entries()) {
      const image = await loadImage(join(folder, file), { channels: 3 });
      const [height, width] = image.shape as [number, number, number];
      const { pixels } = resize({ height, width, channels: 3, pixels: image.elements() as Uint8Array }, 5, 7);
      expect(X.slice(row, row + 1).elements()).toEqual(pixels);
    }
  });

  test('names the first bad picture in order, and tells of those before it', async () => {
    const bad = Buffer.from('no picture');
    const folder = await manyPictures({ 'b/301.png': bad, 'b/302.png': bad, 'b/449.png': bad });
    const seen: number[] = [];
    await expect(loadImageFolder(folder, { onProgress: ({ done }) => seen.push(done) })).rejects.toThrow(
      new FormatError(
        `loadImageFolder: ${join(folder, 'b/301.png')}: expected a PNG or JPEG picture but the file is neither`,
      ),
    );
    expect(seen).toEqual(Array.from({ length: 301 }, (_, i) => i + 1));
    const first = await manyPictures({ 'a/000.png': bad });
    await expect(loadImageFolder(first)).rejects.toThrow(
      `${join(first, 'a/000.png')}: expected a PNG or JPEG`,
    );
  });

  test.each<[string, string, string]>([
    ['of another size', 'grey-4.png', 'expected 2 × 3 pixels, as a/000.png has, but received 11 × 13'],
    ['in colours', 'rgb.png', 'expected a grey picture, as a/000.png is, but received colours'],
    ['of CMYK', 'cmyk.jpg', 'four components'],
  ])('names a picture %s', async (_name, file, message) => {
    const folder = await manyPictures({ 'b/400.png': file });
    await expect(loadImageFolder(folder)).rejects.toThrow(FormatError);
    await expect(loadImageFolder(folder)).rejects.toThrow(`loadImageFolder: ${join(folder, 'b/400.png')}: `);
    await expect(loadImageFolder(folder)).rejects.toThrow(message);
  });

  test('stops at a signal', async () => {
    const folder = await manyPictures();
    const controller = new AbortController();
    let last = 0;
    const onProgress = ({ done }: { readonly done: number }) => {
      last = done;
      if (done === 20) controller.abort(new Error('enough'));
    };
    await expect(loadImageFolder(folder, { signal: controller.signal, onProgress })).rejects.toThrow(
      'enough',
    );
    expect(last).toBe(20);
    const timed = AbortSignal.timeout(1);
    const reason: unknown = await loadImageFolder(folder, { signal: timed }).catch((error: unknown) => error);
    expect(reason).toBe(timed.reason);
  });

  test('rejects with what onProgress throws', async () => {
    const onProgress = ({ done }: { readonly done: number }) => {
      if (done === 50) throw new RangeError('disk full');
    };
    await expect(loadImageFolder(await manyPictures(), { onProgress })).rejects.toThrow(
      new RangeError('disk full'),
    );
  });
});

/** What `resize` is to compute, written down as simply as it can be: each sum in float32, rows before columns. */
function plainResize({ height, width, channels, pixels }: Picture, toHeight: number, toWidth: number) {
  const narrow = new Float32Array(height * toWidth * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < toWidth; x++) {
      for (const [from, weight] of plainTaps(x, width, toWidth)) {
        for (let c = 0; c < channels; c++) {
          narrow[(y * toWidth + x) * channels + c]! += weight * pixels[(y * width + from) * channels + c]!;
        }
      }
    }
  }
  const line = toWidth * channels;
  const sums = new Float32Array(toHeight * line);
  for (let y = 0; y < toHeight; y++) {
    for (const [from, weight] of plainTaps(y, height, toHeight)) {
      for (let i = 0; i < line; i++) sums[y * line + i]! += weight * narrow[from * line + i]!;
    }
  }
  return Uint8Array.from(sums, (sum) => Math.round(sum));
}

function plainTaps(i: number, from: number, to: number): (readonly [index: number, weight: number])[] {
  const scale = from / to;
  if (scale > 1) {
    const [start, end] = [i * scale, i * scale + scale];
    const last = Math.min(from, Math.ceil(end)) - 1;
    return Array.from({ length: last - Math.floor(start) + 1 }, (_, k) => {
      const index = Math.floor(start) + k;
      return [index, (Math.min(end, index + 1) - Math.max(start, index)) / scale];
    });
  }
  const position = Math.min(Math.max((i + 0.5) * scale - 0.5, 0), from - 1);
  const first = Math.min(Math.floor(position), Math.max(from - 2, 0));
  const fraction = position - first;
  if (fraction === 0) return [[first, 1]];
  return [
    [first, 1 - fraction],
    [first + 1, fraction],
  ];
}

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

  test('computes what its formula says, to the bit', () => {
    const rng = new RandomState(3);
    for (let trial = 0; trial < 150; trial++) {
      const [height, width, toHeight, toWidth] = [1, 1, 1, 1].map(() => 1 + rng.randint(70)) as [
        number,
        number,
        number,
        number,
      ];
      const channels = trial % 2 === 0 ? 3 : 1;
      const pixels = Uint8Array.from({ length: height * width * channels }, () => rng.randint(256));
      const picture = { height, width, channels, pixels } as const;
      expect(resize(picture, toHeight, toWidth).pixels).toEqual(plainResize(picture, toHeight, toWidth));
    }
  });
});
