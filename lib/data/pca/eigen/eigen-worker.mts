import { configure } from '../../../backend/index.js';
import { answerCalls } from '../../../core/process/worker-calls.js';
import type { EigenJob } from './eigen-solver.js';
import { largestEigenpairs } from './symmetric-eigen.js';

answerCalls(({ n, backend, matrix, ...pairs }: EigenJob) => {
  // What the environment says, the thread that calls may have overridden.
  configure({ backend });
  largestEigenpairs(matrix, n, pairs);
});
