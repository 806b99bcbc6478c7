import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attackParser, type Finding, hashOf } from './attack-parser.js';
import { fields } from './attacks/fields.js';
import { attacks } from './attacks/index.js';
import { mutation } from './attacks/mutation.js';
import { numerals } from './attacks/numerals.js';
import { own } from './attacks/own.js';
import { lateFault, memoryLimit, tryCase } from './case.js';
import { corpusOf } from './corpus.js';
import { zeros } from './gemmnet.js';
import { asked } from './memory.js';
import { type Parser, targetOf } from './parsers/index.js';
import { Watchdog } from './watchdog.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What the resident memory may grow by while small files are read, whatever the garbage, in bytes. */
const groupGrowth = 2 ** 30;
/** What may stay behind after an attack, in bytes: caches, compiled code. */
const leak = 64 * 2 ** 20;
/** The same while one file is read, beside what the reader may take: the heap's garbage, threads' stacks. */
const caseSlack = 192 * 2 ** 20;

/** Not every format has binary fields, digits, or files like no other. */
const mayBeEmpty = [fields, numerals, own];

const minutes = 60_000;

/**
 * Attacks parsers in the short form: every attack over every sample, the files made by hand, the corpus.
 *
 * `tryCase` says what must hold for each file. Beside that the resident memory of the process, looked at every 10 ms, grows by
 * at most 1 GiB over an attack (which is garbage: 64 MiB may stay), and for each file made by hand by at most max(64 MiB, 4 × the file + 8 MiB) + 192 MiB.
 */
export function attack(parsers: readonly Parser[]): void {
  const watchdog = new Watchdog();
  beforeAll(() => {
    watchdog.start();
    asked.reset();
    zeros([1000]);
    if (asked.total < 4000)
      throw new Error('expected the memory of tensors to be counted: memory.js came too late');
  });
  afterAll(() => watchdog.stop());

  describe.each(parsers.map((parser) => [parser.name, parser] as const))('%s', (_name, parser) => {
    test('reads its samples', async () => {
      const { samples } = await targetOf(parser);
      expect(samples.length).toBeGreaterThan(0);
      for (const sample of samples) {
        await parser.parse(parser.wrap?.(sample) ?? sample);
      }
    });

    const named = attacks.map((attack) => [attack.name, attack] as const);
    test.each(named)('survives: %s', { timeout: 10 * minutes }, async (_attack, attack) => {
      watchdog.announce(`${parser.name}: ${attack.name}`);
      const target = await targetOf(parser);
      collectGarbage();
      watchdog.forget();
      const before = process.memoryUsage.rss();
      const keptBefore = await keptMemory();
      const { cases, findings } = await attackParser(parser, attack.cases(target), watchdog, {
        // V8 does not see what zlib holds until its streams are collected, so garbage of ten thousand of them could pass for hunger.
        onCase(_bytes, index) {
          if (index % 256 === 0 && process.memoryUsage.rss() - before > groupGrowth / 4) collectGarbage();
        },
      });
      expect(findings.map((finding) => report(parser, finding)).join('\n')).toBe('');
      if (!mayBeEmpty.includes(attack)) expect(cases).toBeGreaterThan(0);
      if (attack === mutation) expect(cases).toBeGreaterThanOrEqual(target.mutants);
      expect(watchdog.peak - before).toBeLessThan(groupGrowth);
      expect((await keptMemory(keptBefore + leak)) - keptBefore).toBeLessThan(leak);
    });

    test.each(parser.crafted?.() ?? [])(
      'survives: %s',
      async (name, made, outcome = 'refused', unpacked = 0) => {
        const bytes = typeof made === 'function' ? made() : made;
        const length = Math.max(bytes.length, unpacked);
        watchdog.announce(`${parser.name}: ${name}`);
        let refusal: unknown;
        collectGarbage();
        watchdog.forget();
        const before = process.memoryUsage.rss();
        watchdog.begin(0);
        const fault = await tryCase(
          async (given) => {
            try {
              return await parser.parse(given);
            } catch (error) {
              refusal = error;
              throw error;
            }
          },
          bytes,
          length,
          4,
        );
        watchdog.rest();
        const grown = watchdog.peak - before;
        expect(fault ?? (await lateFault())).toBeUndefined();
        if (outcome === 'sound') expect(refusal).toBeUndefined();
        if (outcome === 'refused') expect(refusal).toBeDefined();
        expect(grown).toBeLessThan(memoryLimit(length) + caseSlack);
      },
    );

    const corpus = corpusOf(parser.name);
    const names = existsSync(corpus) ? readdirSync(corpus) : [];
    test.each(names)('survives %s of the corpus', async (name) => {
      watchdog.announce(`${parser.name}: ${name} of the corpus`);
      watchdog.begin(0);
      const fault = await tryCase(parser.parse, new Uint8Array(readFileSync(join(corpus, name))));
      watchdog.rest();
      expect(fault ?? (await lateFault())).toBeUndefined();
    });
  });
}

/**
 * Objects, and memory outside the heap, in bytes, after the garbage is gone. Streams let go of theirs only some turns after they are
 * collected: while there is more than `enough`, it waits for that for a while.
 */
async function keptMemory(enough = 0): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 20 && least > enough; turn++) {
    collectGarbage();
    await wait(turn < 2 ? 0 : 50);
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
    if (enough === 0 && turn === 1) break;
  }
  return least;
}

/** A fault, and where its file lies now. */
function report({ name }: Parser, { fault, index, bytes }: Finding): string {
  const folder = join(tmpdir(), 'gemmnet-hostile');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name.replace(/\W+/g, '-')}-${hashOf(bytes)}`);
  writeFileSync(path, bytes);
  return `case ${index} ${fault} (${path})`;
}
