import { afterEach, expect, it, vi } from 'vitest';
import { profileTables } from '../../lib/backend/profile.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('GEMMNET_PROFILE=1 counts every instruction of every step', async () => {
  vi.stubEnv('GEMMNET_PROFILE', '1');
  const net = new FullyConnectedNet({ inputDim: 6, hiddenDims: [5], numClasses: 3, seed: 0, reg: 0.1 });
  const X = { data: new Float32Array(60), shape: [10, 6] };
  const run = net.startTraining({ X, y: new Int32Array(10), rule: { name: 'sgd' }, batchSize: 2 });
  await run.steps(new Int32Array(14), 0.1);
  run.end();

  const [table = ''] = profileTables();
  const [, , ...rows] = table.split('\n').map((line) => line.split(/ {2,}/));
  expect(rows.map(([label, op]) => `${label} ${op}`)).toEqual(
    expect.arrayContaining(['batch gather', 'linear1 affine_nt', 'linear1 gemm_tn', 'sgd sgd']),
  );
  for (const [, , , runs] of rows) expect(runs).toBe('7');
});
