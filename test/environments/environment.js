// A worker thread that works in every way at once, until it ends as it is told to.
import { parentPort, workerData } from 'node:worker_threads';

/** @type {{ ending: 'terminate' | 'exit' | 'throw' | 'witness', delay: number }} */
const { ending, delay } = workerData;
const { trainAlike, works } = await import('./works.js');

/** @param {unknown} error */
const report = (error) => parentPort?.postMessage({ failure: String(error) });

if (ending === 'witness') {
  let more = true;
  parentPort?.once('message', () => {
    more = false;
  });
  trainAlike(() => more).then((trainings) => parentPort?.postMessage({ trainings }), report);
} else {
  for (const work of Object.values(works)) work().catch(report);
  parentPort?.postMessage({ working: true });
  if (ending === 'exit') setTimeout(() => process.exit(7), delay);
  if (ending === 'throw') {
    setTimeout(() => {
      throw new Error("the user's own");
    }, delay);
  }
}
