import { answerCalls } from '../../lib/core/process/worker-calls.js';

/** Doubles a number; for others it throws, ends, or never answers. */
answerCalls((/** @type {number | string} */ job) => {
  if (typeof job === 'number') return 2 * job;
  if (job === 'exit') process.exit(3);
  if (job === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new RangeError(`no ${job} here`);
});
