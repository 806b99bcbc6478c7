/**
 * What loading a data set costs, against merely reading its files: `node bench/load-data.js FOLDER` after `npm run build:ts`, where
 * FOLDER holds cifar10 (with cifar-10-batches-bin or cifar-10-batches-py, or both) and mnist (idx files, gzip-compressed or not).
 *
 * Each measurement is a process of its own, ways to read in turns, with the files in the page cache. Time and CPU time (of all
 * threads) are medians; memory is by how much the process grew, at its highest.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { formatBytes, formatRatio, formatSeconds } from './units.js';

const repetitions = 9;

/**
 * @typedef {{ name: string, folder: string, files: string[], load: 'loadCifar10' | 'loadMnist' }} Task
 * @typedef {{ seconds: number, cpu: number, memory: number }} Cost
 */

/**
 * @param {string} folder
 * @returns {Task[]}
 */
function findTasks(folder) {
  /** @type {[name: string, place: string[], pattern: RegExp, load: Task['load']][]} */
  const known = [
    ['CIFAR-10, binary', ['cifar10', 'cifar-10-batches-bin'], /\.bin$/, 'loadCifar10'],
    ['CIFAR-10, Python', ['cifar10', 'cifar-10-batches-py'], /_batch(_\d)?$|^data_batch_\d$/, 'loadCifar10'],
    ['MNIST', ['mnist'], /ubyte(\.gz)?$/, 'loadMnist'],
    ['MNIST, unpacked', ['mnist-unpacked'], /ubyte$/, 'loadMnist'],
  ];
  return known.flatMap(([name, place, pattern, load]) => {
    const inside = join(folder, ...place);
    if (!existsSync(inside)) return [];
    const files = readdirSync(inside).filter((file) => pattern.test(file));
    return [{ name, folder: inside, files: files.map((file) => join(inside, file)), load }];
  });
}

/** Reads each file as a whole, and keeps it: what any program must do.
 *
 * @param {Task} task
 */
async function merelyRead({ files }) {
  const contents = [];
  for (const file of files) contents.push(file.endsWith('.gz') ? await unpack(file) : await readFile(file));
  return contents;
}

/** @param {string} file */
async function unpack(file) {
  const stream = createGunzip({ chunkSize: 1 << 18 });
  stream.end(await readFile(file));
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}

/**
 * In a process of its own: does it once, and prints what it cost.
 *
 * @param {Task} task
 * @param {string} way
 */
async function measureHere(task, way) {
  const data = await import('../dist/index.js');
  const before = process.memoryUsage.rss();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const kept = way === 'read' ? await merelyRead(task) : await data[task.load](task.folder);
  const seconds = (performance.now() - start) / 1e3;
  const { user, system } = process.cpuUsage(cpuBefore);
  await setImmediate();
  // Kilobytes; the highest that there was.
  const memory = process.resourceUsage().maxRSS * 1024 - before;
  if (kept === undefined) throw new Error('nothing was read');
  console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, memory }));
}

/**
 * @param {Task} task
 * @param {string} way
 * @returns {Cost}
 */
function measure(task, way) {
  const script = fileURLToPath(import.meta.url);
  return JSON.parse(
    execFileSync(process.execPath, [script, '--one', way, JSON.stringify(task)], { encoding: 'utf8' }),
  );
}

/**
 * @param {Cost[]} costs
 * @returns {Cost}
 */
function median(costs) {
  /** @param {keyof Cost} key */
  const of = (key) =>
    costs.map((cost) => cost[key]).toSorted((a, b) => a - b)[costs.length >> 1] ?? Number.NaN;
  return { seconds: of('seconds'), cpu: of('cpu'), memory: of('memory') };
}

const [first = '', way = '', task = ''] = process.argv.slice(2);
if (first === '--one') {
  await measureHere(JSON.parse(task), way);
} else {
  const tasks = first === '' ? [] : findTasks(first);
  if (tasks.length === 0) {
    console.error('node bench/load-data.js FOLDER: expected a folder with cifar10 or mnist in it');
    process.exitCode = 2;
  }
  for (const each of tasks) {
    /** @type {Cost[]} */
    const read = [];
    /** @type {Cost[]} */
    const loaded = [];
    for (let i = 0; i < repetitions; i++) {
      read.push(measure(each, 'read'));
      loaded.push(measure(each, 'load'));
    }
    const [a, b] = [median(read), median(loaded)];
    console.log(`${each.name}, ${each.files.length} files in ${each.folder}`);
    for (const [name, { seconds, cpu, memory }] of /** @type {const} */ ([
      ['merely read', a],
      [each.load, b],
    ])) {
      console.log(
        `  ${name.padEnd(12)}${formatSeconds(seconds).padStart(9)}${formatSeconds(cpu).padStart(10)} CPU${formatBytes(memory).padStart(10)} of memory`,
      );
    }
    console.log(
      `  ratio       ${formatRatio(b.seconds / a.seconds).padStart(9)}${formatRatio(b.cpu / a.cpu).padStart(10)}    ${formatRatio(b.memory / a.memory).padStart(10)}`,
    );
  }
}
