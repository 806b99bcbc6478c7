import { beforeAll, describe, expect, test } from 'vitest';
import { bundlePrograms } from './bundle.js';
import { runNode } from './run-program.js';

let program = '';
beforeAll(async () => {
  program = await bundlePrograms();
});

const minutes = 60_000;

// In each cycle Solver, TwoLayerNet.train, startTraining().steps, pca and predict are under way, while two other environments train: to
// the same bits all the time.
describe.each([
  ['native', 200],
  ['js', 10],
])('a worker thread that works on %s', (backend, cycles) => {
  test.each(['terminate', 'exit', 'throw'])(
    `may end by %s, ${cycles} times, and nobody else notices`,
    { timeout: 10 * minutes },
    async (ending) => {
      const args = [program, '--ending', ending, '--cycles', String(cycles)];
      const env = { ...process.env, GEMMNET_BACKEND: backend };
      const { status, signal, stdout, stderr } = await runNode(args, { env });
      expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
      expect(JSON.parse(stdout)).toEqual({ cycles, trainings: expect.any(Number) });
    },
  );
});
