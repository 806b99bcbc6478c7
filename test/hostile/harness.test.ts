import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { attackParser } from './attack-parser.js';
import { attacks } from './attacks/index.js';
import { canaryPath } from './canary.js';
import { lateFault, tryCase } from './case.js';
import * as gemmnet from './gemmnet.js';
import { mutant } from './mutate.js';
import { type Parser, parsers, targetOf } from './parsers/index.js';
import { Watchdog } from './watchdog.js';

/** The harness itself: it finds what it is there to find, and leaves no parser out. */

const bytes = Uint8Array.of(1, 2, 3);

describe('a case', () => {
  afterEach(() => rmSync(canaryPath, { force: true }));

  test('may be refused by an error of the package, or read', async () => {
    const refuse = () => {
      throw new gemmnet.FormatError('no');
    };
    expect(await tryCase(refuse, bytes)).toBeUndefined();
    expect(await tryCase(async () => refuse(), bytes)).toBeUndefined();
    expect(
      await tryCase(() => ({ a: gemmnet.tensor([[1, 2]]).T, b: new Map([['x', Int32Array.of(1)]]) }), bytes),
    ).toBeUndefined();
    expect(await lateFault()).toBeUndefined();
  });

  const cycle: unknown[] = [];
  cycle.push(cycle);
  test.each<[string, (bytes: Uint8Array) => unknown, string | undefined]>([
    ['another error', () => (null as never as Uint8Array).length, 'threw TypeError'],
    ['another error later', async () => BigInt('x'), 'threw SyntaxError'],
    ['a string', () => Promise.reject('x'), 'threw x'],
    [
      'a stack overflow',
      function deep(): unknown {
        return deep();
      },
      'threw RangeError',
    ],
    [
      'an endless message',
      () => {
        throw new gemmnet.FormatError('x'.repeat(3000));
      },
      'a message of 3000 characters',
    ],
    ['a function', () => ({ a: [() => 1] }), 'a function'],
    ['a cycle', () => cycle, undefined],
    [
      'a shape with more elements than there are',
      () => ({ shape: [3], strides: [1], offset: 0, size: 3, data: [1, 2] }),
      'over elements 0 … 2 of 2',
    ],
    [
      'a shape with a hole',
      () => ({ shape: [Number.NaN], strides: [1], offset: 0, size: 3, data: [1, 2] }),
      'an odd axis',
    ],
    [
      'a size that is not the product',
      () => ({ shape: [1], strides: [1], offset: 0, size: 2, data: [1, 2] }),
      'of size 2',
    ],
    [
      'strides that reach before the start',
      () => ({ shape: [2], strides: [-1], offset: 0, size: 2, data: [1, 2] }),
      'over elements -1',
    ],
    ['shared memory', () => gemmnet.zeros([70_000_000], { dtype: 'uint8' }), 'asked for 70000000 bytes'],
    ['plain memory', () => new Uint8Array(70_000_000), 'asked for 70000000 bytes'],
    [
      'memory in pieces',
      () => Array.from({ length: 9 }, () => new Float64Array(1_000_000)),
      'asked for 72000000 bytes',
    ],
    ['memory of a Buffer', () => Buffer.allocUnsafe(70_000_000), 'asked for 70000000 bytes'],
    [
      'joined Buffers',
      () => Buffer.concat(new Array(70).fill(Buffer.alloc(1_000_000))),
      'asked for 70000000 bytes',
    ],
    [
      'memory that nobody has',
      () => {
        try {
          new ArrayBuffer(2 ** 52);
        } catch {
          throw new gemmnet.FormatError('no');
        }
      },
      'asked for 4503599627370496 bytes',
    ],
  ])('with %s', async (_name, parse, fault) => {
    const found = await tryCase(parse, bytes);
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(fault);
  });

  test('that pollutes Object.prototype is a fault', async () => {
    const prototype = Object.prototype as Record<string, unknown>;
    try {
      expect(await tryCase(() => (prototype.polluted = 1), bytes)).toContain('the key polluted');
    } finally {
      delete prototype.polluted;
    }
  });

  test('that touches the canary is a fault', async () => {
    writeFileSync(canaryPath, '');
    expect(await lateFault()).toContain('ran code');
    rmSync(canaryPath);
    expect(await lateFault()).toBeUndefined();
  });
});

describe('an attack', () => {
  const target = {
    samples: [Uint8Array.from(Buffer.from('ab 12      '))],
    dictionary: [],
    own: () => [bytes, Uint8Array.of(0)],
    mutants: 1000,
    strangers: () => [bytes],
  };

  test.each(attacks.map((attack) => [attack.name, attack] as const))('makes files: %s', (_name, attack) => {
    const made = [...attack.cases(target)].map((file) => Buffer.from(file).toString('latin1'));
    expect(made.length).toBeGreaterThan(1);
    expect(new Set(made).size).toBeGreaterThan(made.length / 3);
    expect(target.samples[0]).toEqual(Uint8Array.from(Buffer.from('ab 12      ')));
    expect([...attack.cases(target)].map((file) => Buffer.from(file).toString('latin1'))).toEqual(made);
  });

  test('keeps one file of each kind of fault', async () => {
    const parser: Parser = {
      name: 'broken',
      samples: () => [],
      parse: ([first = 0]) => {
        if (first > 2) throw new TypeError(`byte ${first}`);
      },
    };
    const files = [1, 2, 3, 4].map((byte) => Uint8Array.of(byte));
    const { cases, findings } = await attackParser(parser, files, new Watchdog());
    expect(cases).toBe(4);
    expect(findings).toMatchObject([{ index: 2, bytes: Uint8Array.of(3) }]);
  });

  test('depends on the seed and the number of the case alone', () => {
    const files = (seed: number) => Array.from({ length: 50 }, (_, i) => mutant(seed, i, target));
    expect(files(1)).toEqual(files(1));
    expect(files(2)).not.toEqual(files(1));
  });
});

describe('the table of parsers', () => {
  /** `loadIdx (gzip)` is a way into loadIdx. */
  const functionOf = ({ name }: Parser) => name.split(' ')[0]!;

  /** Readers of what ships with the package, or made of readers that are in the table. */
  const elsewhere: Readonly<Record<string, string>> = {
    loadDigits: 'reads the file of the package alone',
    loadMnist: 'four times loadIdx',
    loadCifar10: 'the reader of loadCifar100, with six files in place of two',
    loadImageFolder: 'pictures as loadImage reads them',
  };

  test('holds every reader that users can import', () => {
    const readers = Object.keys(gemmnet).filter((name) => /^(load|parse|read)[A-Z]/.test(name));
    const held = new Set([...parsers.map(functionOf), ...Object.keys(elsewhere)]);
    expect(readers.filter((name) => !held.has(name))).toEqual([]);
  });

  test('gives every reader 100,000 random files', async () => {
    const counts = new Map<string, number>();
    for (const parser of parsers) {
      const { mutants } = await targetOf(parser);
      counts.set(functionOf(parser), (counts.get(functionOf(parser)) ?? 0) + mutants);
    }
    expect(counts.size).toBeGreaterThan(5);
    for (const [name, count] of counts) expect(count, name).toBeGreaterThanOrEqual(100_000);
  });

  test('has a test file for each of its parts', () => {
    const modules = readdirSync(new URL('parsers', import.meta.url)).map((name) => basename(name, '.js'));
    const parts = modules.filter((name) => name !== 'index' && name !== 'fixture');
    expect(parts.length).toBeGreaterThan(0);
    for (const part of parts) {
      expect(readFileSync(new URL(`${part}.test.ts`, import.meta.url), 'utf8')).toContain(
        `./parsers/${part}.js`,
      );
    }
  });
});
