import { fork } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hashOf } from './attack-parser.js';
import { corpusOf } from './corpus.js';
import { parsers } from './parsers/index.js';

/**
 * `npm run fuzz -- [words] [--minutes N] [--seed S]`: random files for hours, for the parsers whose names hold one of the words (default:
 * all), over the built package. Each parser runs in a process of its own, so that a crash or a hang is found too. A file that breaks
 * one is kept in test/hostile/corpus, where the tests find it. Ends with exit code 1 if there was any.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() >>> 0) },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const chosen = parsers.filter(
  ({ name }) =>
    positionals.length === 0 || positionals.some((word) => name.toLowerCase().includes(word.toLowerCase())),
);
if (!(minutes > 0) || !Number.isSafeInteger(seed) || chosen.length === 0) {
  console.error('usage: npm run fuzz -- [words of parsers] [--minutes N] [--seed S]');
  console.error(`parsers: ${parsers.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'gemmnet-fuzz-'));
const processes = Math.min(availableParallelism(), chosen.length);
const started = Date.now();
const end = started + minutes * 60_000;
/** Every parser gets its turn some times, and a new process now and then. */
const turn = Math.min(60_000, (minutes * 60_000 * processes) / chosen.length);

/** Cases by parser; the next process goes on where the last one stopped. */
const done = new Map(chosen.map(({ name }) => [name, 0]));
/** @type {Set<string>} */
const found = new Set();
const queue = [...chosen];

const progress = setInterval(showProgress, 1000);
await Promise.all(Array.from({ length: processes }, work));
clearInterval(progress);
showProgress();
rmSync(folder, { recursive: true });
console.log(`\n${found.size} found with seed ${seed}`);
for (const line of found) console.log(line);
process.exitCode = found.size > 0 ? 1 : 0;

async function work() {
  while (Date.now() < end) {
    const parser = queue.shift();
    if (parser === undefined) return;
    await oneTurn(parser.name);
    queue.push(parser);
  }
}

/** @param {string} name */
async function oneTurn(name) {
  const first = done.get(name) ?? 0;
  const current = join(folder, hashOf(Buffer.from(name)));
  const stop = Math.min(end, Date.now() + turn);
  const child = fork(
    new URL('fuzz-parser.js', import.meta.url),
    [name, String(seed), String(first), String(stop), current],
    {
      execArgv: ['--max-old-space-size=1024'],
    },
  );
  child.on(
    'message',
    (/** @type {{ cases: number, fault?: string, bytes?: string }} */ { cases, fault, bytes }) => {
      done.set(name, first + cases);
      if (fault !== undefined) keep(name, fault, Buffer.from(bytes ?? '', 'base64'));
    },
  );
  const [code, signal] = await new Promise((resolve) => child.on('exit', (...ended) => resolve(ended)));
  if (code === 0) return;
  const bytes = existsSync(current) ? readCurrent(current) : new Uint8Array(0);
  keep(
    name,
    `ended the process (${signal ?? `exit code ${code}`}): a crash, a hang or no memory left`,
    bytes,
  );
  // Past the case that ended it.
  done.set(name, (done.get(name) ?? 0) + 10_000);
}

/**
 * What the process read when it ended: the length, and the bytes.
 *
 * @param {string} path
 */
function readCurrent(path) {
  const bytes = readFileSync(path);
  return bytes.subarray(4, 4 + bytes.readUInt32LE());
}

/**
 * @param {string} name
 * @param {string} fault
 * @param {Uint8Array} bytes
 */
function keep(name, fault, bytes) {
  const path = join(corpusOf(name), hashOf(bytes));
  mkdirSync(corpusOf(name), { recursive: true });
  writeFileSync(path, bytes);
  const line = `${name} ${fault}\n  ${path}`;
  if (!found.has(line)) process.stdout.write(`\n${line}\n`);
  found.add(line);
}

function showProgress() {
  const seconds = Math.round((Date.now() - started) / 1000);
  const total = [...done.values()].reduce((sum, cases) => sum + cases, 0);
  const rate = Math.round(total / Math.max(1, seconds));
  const line = `${seconds} s, ${total.toLocaleString('en')} cases (${rate.toLocaleString('en')}/s), ${found.size} found`;
  process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
}
