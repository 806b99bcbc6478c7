import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ArgumentError, ShapeError, StateError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { Tensor, tensor, zeros } from '../../lib/core/tensors/tensor.js';
import { Augmentation, type AugmentationThreadOptions } from '../../lib/data/pictures/augmentation.js';
import type { AugmentationOptions } from '../../lib/data/pictures/augmentation-options.js';
import { ElasticField } from '../../lib/data/pictures/elastic-field.js';
import { loadDigits } from '../../lib/data/sets/digits.js';
import { fixture } from '../fixtures/index.js';

interface Golden {
  readonly moved: readonly {
    readonly rotate: number;
    readonly scale: number;
    readonly shift: number;
    readonly flip: number;
    readonly fill: number | 'edge';
    readonly expected: number[][];
  }[];
  readonly smoothed: Readonly<Record<string, number[][]>>;
}

const golden = JSON.parse(readFileSync(fixture('scipy/augmentation.json'), 'utf8')) as Golden;

function augmentation(options: AugmentationOptions, threads: AugmentationThreadOptions = { seed: 0 }) {
  const made = new Augmentation(options, threads);
  onTestFinished(() => made.dispose());
  return made;
}

/** One picture of one channel, changed. */
async function changed(picture: number[][], options: Omit<AugmentationOptions, 'height' | 'width'>) {
  const [height, width] = [picture.length, picture[0]!.length];
  const X = tensor(picture).reshape(1, height * width);
  const Y = await augmentation({ height, width, ...options }).apply(X);
  return Y.reshape(height, width).toArray();
}

const small = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
];

const everything: AugmentationOptions = {
  height: 8,
  width: 8,
  shift: 1,
  rotate: 15,
  scale: [0.9, 1.1],
  elastic: { alpha: 8, sigma: 2 },
  flip: 0.5,
  crop: 1,
};

describe('a picture', () => {
  test('moves right and down by whole pixels', async () => {
    expect(await changed(small, { shift: [1, 1] })).toEqual([
      [0, 0, 0],
      [0, 1, 2],
      [0, 4, 5],
    ]);
    expect(await changed(small, { shift: [-1, -1], fill: 'edge' })).toEqual([
      [5, 6, 6],
      [8, 9, 9],
      [8, 9, 9],
    ]);
    expect(await changed(small, { shift: [5, 5], fill: -1 })).toEqual(Array(3).fill([-1, -1, -1]));
  });

  test('moves by parts of pixels', async () => {
    expect(await changed([[0, 4, 8, 4]], { shift: [0.25, 0.25], fill: 'edge' })).toEqual([[0, 3, 7, 5]]);
  });

  test('turns by 90 degrees counter-clockwise', async () => {
    expect(await changed(small, { rotate: [90, 90] })).toEqual([
      [3, 6, 9],
      [2, 5, 8],
      [1, 4, 7],
    ]);
    expect(await changed(small, { rotate: [180, 180] })).toEqual([
      [9, 8, 7],
      [6, 5, 4],
      [3, 2, 1],
    ]);
    expect(await changed(small, { rotate: [-90, -90] })).toEqual(
      await changed(small, { rotate: [270, 270] }),
    );
  });

  test('flips left and right', async () => {
    expect(await changed(small, { flip: 1 })).toEqual([
      [3, 2, 1],
      [6, 5, 4],
      [9, 8, 7],
    ]);
  });

  test('is enlarged about its middle', async () => {
    expect(await changed([[0, 4, 8, 4, 0]], { scale: [2, 2] })).toEqual([[4, 6, 8, 6, 4]]);
    expect(await changed([[1, 2, 3, 4, 5]], { scale: [0.5, 0.5] })).toEqual([[0, 1, 3, 5, 0]]);
  });

  test.each(golden.moved)(
    'is flipped, enlarged, turned and moved at once as by SciPy: $rotate°, ×$scale, $shift, flip $flip, fill $fill',
    async ({ rotate, scale, shift, flip, fill, expected }) => {
      const picture = new RandomState(2).randn(9, 7).toArray() as number[][];
      const actual = (await changed(picture, {
        rotate: [rotate, rotate],
        scale: [scale, scale],
        shift: [shift, shift],
        subpixel: true,
        flip,
        fill,
      })) as number[][];
      actual.forEach((row, i) => {
        for (const [j, value] of row.entries()) expect(value).toBeCloseTo(expected[i]![j]!, 12);
      });
    },
  );

  test('is not changed without options, nor by an elastic field of alpha 0', async () => {
    const X = loadDigits().X;
    for (const options of [
      {},
      { elastic: { alpha: 0, sigma: 4 } },
      { elastic: { alpha: 0, sigma: 1 }, fill: 9 },
    ]) {
      expect([...(await augmentation({ height: 8, width: 8, ...options }).apply(X))]).toEqual([...X]);
    }
  });

  test('has channels that move together', async () => {
    const X = new RandomState(1).randn(2, 3 * 16);
    const options = { ...everything, height: 4, width: 4 };
    const colour = await augmentation({ ...options, channels: 3 }).apply(X);
    for (let channel = 0; channel < 3; channel++) {
      const one = tensor(
        (X.toArray() as number[][]).map((row) => row.slice(channel * 16, channel * 16 + 16)),
      );
      const grey = (await augmentation(options).apply(one)).toArray() as number[][];
      expect(
        (colour.toArray() as number[][]).map((row) => row.slice(channel * 16, channel * 16 + 16)),
      ).toEqual(grey);
    }
  });

  test('of bytes is rounded', async () => {
    const X = tensor(Uint8Array.of(0, 255, 255, 3), [1, 4]);
    const Y = await augmentation({ height: 1, width: 4, shift: [0.5, 0.5], fill: 'edge' }).apply(X);
    expect(Y.dtype).toBe('uint8');
    expect([...Y]).toEqual([0, 128, 255, 129]);
  });
});

describe('draws', () => {
  const ramp = tensor(
    Float64Array.from({ length: 400 * 25 }, (_, i) => i % 25),
    [400, 25],
  );
  const rowsOf = async (options: Omit<AugmentationOptions, 'height' | 'width'>) =>
    (
      await augmentation({ height: 5, width: 5, fill: 'edge', ...options }).apply(ramp)
    ).toArray() as number[][];

  test('whole shifts between −shift and shift, all of them', async () => {
    const middles = (await rowsOf({ shift: 2 })).map((row) => row[12]!);
    const moves = new Set(middles.map((value) => `${(value % 5) - 2} ${Math.floor(value / 5) - 2}`));
    expect(middles.every(Number.isInteger)).toBe(true);
    expect(moves.size).toBe(25);
  });

  test('any shift with subpixel', async () => {
    const middles = (await rowsOf({ shift: 1, subpixel: true })).map((row) => row[12]!);
    expect(middles.some((value) => !Number.isInteger(value))).toBe(true);
    expect(Math.min(...middles)).toBeGreaterThanOrEqual(6);
    expect(Math.max(...middles)).toBeLessThanOrEqual(18);
  });

  test('crops at every place that the padding leaves', async () => {
    const middles = (await rowsOf({ crop: 1 })).map((row) => row[12]!);
    expect(new Set(middles)).toEqual(new Set([6, 7, 8, 11, 12, 13, 16, 17, 18]));
  });

  test.each(['edge', 0, 7] as const)(
    'cropped and flipped pictures pixel by pixel, outside %s',
    async (fill) => {
      const [channels, height, width, crop] = [2, 7, 11, 13];
      const size = channels * height * width;
      const picture = Uint8Array.from({ length: size }, (_, i) => i + 50);
      const moved = (flipped: boolean, right: number, down: number) =>
        picture.map((_, at) => {
          const [row, i, j] = [Math.floor(at / width), Math.floor(at / width) % height, at % width];
          let [from, line] = [j + right, i + down];
          if (flipped) from = width - 1 - from;
          if (fill === 'edge') {
            from = Math.min(Math.max(from, 0), width - 1);
            line = Math.min(Math.max(line, 0), height - 1);
          }
          const inside = from >= 0 && from < width && line >= 0 && line < height;
          return inside ? picture[(row - i + line) * width + from]! : Number(fill);
        });
      const moves = Array.from({ length: 2 * crop + 1 }, (_, i) => i - crop);
      const all = new Set(
        [false, true].flatMap((flipped) =>
          moves.flatMap((right) => moves.map((down) => moved(flipped, right, down).join())),
        ),
      );
      const X = new Tensor(
        Uint8Array.from({ length: 500 * size }, (_, i) => picture[i % size]!),
        [500, size],
      );
      const options = { channels, height, width, crop, flip: 0.5, fill };
      const bytes = await augmentation(options).apply(X);
      for (let row = 0; row < 500; row++) expect(all).toContain([...bytes.slice(row, row + 1)].join());
      const floats = await augmentation(options).apply(new Tensor(Float32Array.from(X.data), X.shape));
      expect([...floats]).toEqual([...bytes]);
    },
  );

  test('flips with their probability', async () => {
    const flipped = (await rowsOf({ flip: 0.25 })).filter((row) => row[0] === 4).length;
    expect(flipped).toBeGreaterThan(70);
    expect(flipped).toBeLessThan(130);
  });

  test('turns between −rotate and rotate', async () => {
    // The pixel right of the middle comes from (cos θ, sin θ), where the picture is 12 + x + 5·y.
    const values = (await rowsOf({ rotate: 20 })).map((row) => row[13]!);
    const at = (degrees: number) => {
      const angle = (degrees * Math.PI) / 180;
      return 12 + Math.cos(angle) + 5 * Math.sin(angle);
    };
    expect(Math.min(...values)).toBeGreaterThanOrEqual(at(-20));
    expect(Math.min(...values)).toBeLessThan(at(-18));
    expect(Math.max(...values)).toBeLessThanOrEqual(at(20));
    expect(Math.max(...values)).toBeGreaterThan(at(18));
  });

  test('elastic fields that SciPy would smooth alike', () => {
    const noise = new RandomState(2).randn(9, 7);
    for (const [sigma, expected] of Object.entries(golden.smoothed)) {
      const field = new ElasticField(9, 7, { alpha: 1, sigma: Number(sigma) });
      const values = Float64Array.from(noise);
      field.smooth(values);
      for (const [i, value] of expected.flat().entries()) expect(values[i]).toBeCloseTo(value, 14);
    }
  });
});

describe('Augmentation', () => {
  const { X } = loadDigits();

  test('repeats with its seed, whatever the number of workers, and changes with every call', async () => {
    const copies = async (threads: AugmentationThreadOptions) => {
      const made = augmentation(everything, threads);
      return [[...(await made.apply(X))], [...(await made.apply(X))]];
    };
    const one = await copies({ seed: 3, workers: 1 });
    expect(await copies({ seed: 3, workers: 3 })).toEqual(one);
    expect(one[1]).not.toEqual(one[0]);
    expect(await copies({ seed: 4, workers: 1 })).not.toEqual(one);
    expect(await copies({ rng: new RandomState(9) })).toEqual(await copies({ rng: new RandomState(9) }));
    // Every row is changed its own way.
    const same = new Tensor(
      new Float64Array(10 * 64).map((_, i) => i % 64),
      [10, 64],
    );
    const rows = (await augmentation(everything).apply(same)).toArray() as number[][];
    expect(new Set(rows.map(String)).size).toBe(10);
  });

  test('takes any axes, writes where it is told, and leaves X alone', async () => {
    const before = [...X];
    const out = zeros(X.shape, { dtype: 'uint8' });
    const made = augmentation(everything);
    expect(await made.apply(X, { out })).toBe(out);
    expect([...out]).not.toEqual(before);
    expect([...X]).toEqual(before);
    const images = await augmentation(everything).apply(X.reshape(1797, 1, 8, 8));
    expect(images.shape).toEqual([1797, 1, 8, 8]);
    expect([...images]).toEqual([...out]);
    const some = new Tensor(Float32Array.from(X.slice(0, 5)), [5, 64]);
    const floats = await augmentation(everything).apply(some);
    expect(floats.dtype).toBe('float32');
    expect(floats.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([...floats].map((value) => Math.round(value))).toEqual([...out.slice(0, 5)]);
    expect((await made.apply(X.slice(0, 0))).shape).toEqual([0, 64]);
  });

  test('leaves the event loop free', async () => {
    const many = zeros([20_000, 28 * 28], { dtype: 'uint8' });
    const made = augmentation({ height: 28, width: 28, rotate: 10, elastic: { alpha: 34, sigma: 4 } });
    await made.apply(many.slice(0, 10));
    let longest = 0;
    let ticks = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
      ticks++;
    }, 5);
    const started = performance.now();
    await made.apply(many);
    const whole = performance.now() - started;
    clearInterval(timer);
    expect(whole).toBeGreaterThan(200);
    expect(ticks).toBeGreaterThan(whole / 50);
    expect(longest).toBeLessThan(whole / 2);
  });

  test('stops on an AbortSignal and can go on', async () => {
    const many = zeros([50_000, 28 * 28], { dtype: 'uint8' });
    const made = augmentation({ height: 28, width: 28, elastic: { alpha: 34, sigma: 4 } });
    await expect(made.apply(many, { signal: AbortSignal.abort('at once') })).rejects.toBe('at once');
    const stop = new AbortController();
    const started = performance.now();
    const running = made.apply(many, { signal: stop.signal });
    setTimeout(() => stop.abort('enough'), 100);
    await expect(running).rejects.toBe('enough');
    // All of it takes seconds.
    expect(performance.now() - started).toBeLessThan(2000);
    expect((await made.apply(many.slice(0, 2))).shape).toEqual([2, 784]);
  });

  test('ends its threads when it is disposed of, even amid an apply, and starts them again', async () => {
    const many = zeros([50_000, 28 * 28], { dtype: 'uint8' });
    const made = augmentation({ height: 28, width: 28, elastic: { alpha: 34, sigma: 4 } });
    const running = made.apply(many).catch((error: unknown) => error);
    await wait(50);
    await made.dispose();
    expect(await running).toBeInstanceOf(StateError);
    expect((await made.apply(many.slice(0, 2))).shape).toEqual([2, 784]);
  });

  test.each<[string, object, object, string]>([
    ['no height', { width: 8 }, {}, 'expected option height to be a positive integer but it is missing'],
    ['a misspelling', { height: 8, width: 8, rotation: 3 }, {}, 'did you mean rotate?'],
    [
      'a negative shift',
      { height: 8, width: 8, shift: -1 },
      {},
      'or two numbers [low, high] but received -1',
    ],
    ['a range that descends', { height: 8, width: 8, rotate: [2, 1] }, {}, 'but received [2, 1]'],
    ['a scale of 0', { height: 8, width: 8, scale: [0, 1] }, {}, 'two positive numbers [low, high]'],
    ['half an elastic field', { height: 8, width: 8, elastic: { alpha: 1 } }, {}, 'elastic.sigma'],
    ['a flip beyond 1', { height: 8, width: 8, flip: 2 }, {}, 'a number in 0 … 1'],
    ['a crop of half a pixel', { height: 8, width: 8, crop: 0.5 }, {}, 'an integer from 0 on'],
    ['another fill', { height: 8, width: 8, fill: 'reflect' }, {}, "a finite number or 'edge'"],
    ['no workers', { height: 8, width: 8 }, { workers: 0 }, 'an integer in 1 … 1024'],
    ['two generators', { height: 8, width: 8 }, { seed: 1, rng: new RandomState(1) }, 'seed or rng'],
  ])('refuses %s', (_, options, threads, message) => {
    const make = () => new Augmentation(options as never, threads);
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });

  test('refuses pictures and an out that do not fit', async () => {
    const made = augmentation({ height: 8, width: 8, fill: -1 });
    await expect(made.apply(X)).rejects.toThrow('expected option fill to be in 0 … 255');
    await expect(made.apply(zeros([3, 63]))).rejects.toThrow(
      'expected X to have rows of 64 values (1 · 8 · 8)',
    );
    await expect(made.apply(zeros([64]))).rejects.toThrow(ShapeError);
    await expect(made.apply(zeros([3, 64], { dtype: 'int32' }))).rejects.toThrow(ArgumentError);
    const floats = zeros([3, 64]);
    await expect(made.apply(floats, { out: zeros([2, 64]) })).rejects.toThrow(ShapeError);
    await expect(made.apply(floats, { out: zeros([3, 64], { dtype: 'float32' }) })).rejects.toThrow(
      ShapeError,
    );
    await expect(made.apply(floats, { out: floats })).rejects.toThrow('apart from that of X');
    const unshared = new Tensor(new Float64Array(192), [3, 64]);
    await expect(made.apply(floats, { out: unshared })).rejects.toThrow('to lie on a SharedArrayBuffer');
  });
});
