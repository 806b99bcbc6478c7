// Starts worker threads that work, and ends them amid it: what `npm run soak` runs, and in a shorter form the tests.
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { configure } from 'gemmnet';
import { trainAlike } from './works.js';

const { values } = parseArgs({
  options: {
    ending: { type: 'string', default: 'terminate' },
    cycles: { type: 'string', default: '200' },
    workers: { type: 'string', default: '2' },
  },
});
const { ending } = values;
const cycles = Number(values.cycles);

const file = new URL('./environment.js', import.meta.url);

/** @typedef {{ working?: boolean, failure?: string, trainings?: number }} Report */

/** Up to so many milliseconds the works go on. */
const longest = 12;
/** One in so many is ended while it still loads. */
const early = 8;

/**
 * Golden-ratio numbers in [0, 1): every cycle another moment, in every run the same.
 *
 * @param {number} i
 */
const fraction = (i) => (i * 0.6180339887) % 1;

/**
 * @param {number} number
 * @returns {Promise<void>}
 */
function cycle(number) {
  const delay = longest * fraction(number);
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: { ending, delay } });
    if (ending === 'terminate' && number % early === 0) setTimeout(() => worker.terminate(), 10 * delay);
    worker.on('message', (/** @type {Report} */ { failure }) => {
      if (failure !== undefined) reject(new Error(failure));
      else if (ending === 'terminate') setTimeout(() => worker.terminate(), delay);
    });
    worker.on('error', (error) => {
      if (ending !== 'throw' || !String(error).includes("the user's own")) reject(error);
    });
    worker.on('exit', () => resolve());
  });
}

/**
 * Another environment, which trains until nobody else does.
 *
 * @param {Promise<unknown>} others
 * @returns {Promise<number>}
 */
function witness(others) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: { ending: 'witness', delay: 0 } });
    worker.on('message', ({ failure, trainings }) =>
      failure === undefined ? resolve(trainings) : reject(new Error(failure)),
    );
    worker.on('error', reject);
    others.finally(() => worker.postMessage('enough')).catch(() => {});
  });
}

let begun = 0;
let running = true;
const all = Promise.all(
  Array.from({ length: Number(values.workers) }, async () => {
    while (begun < cycles) await cycle(begun++);
  }),
).finally(() => {
  running = false;
});
const [, here, there] = await Promise.all([all, trainAlike(() => running), witness(all)]);
// It waits for the pool, which nobody may have left locked.
if (configure({}).backend === 'native') configure({ threads: 3 });
await trainAlike(() => false);
console.log(JSON.stringify({ cycles, trainings: here + there }));
