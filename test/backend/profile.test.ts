import { afterEach, expect, it, vi } from 'vitest';
import { profileNumbers, profileTable, startProfile } from '../../lib/backend/profile.js';
import { ProgramBuilder } from '../../lib/ops/builder.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** y = x·wᵀ + b and its ReLU: two instructions. */
function smallProgram() {
  const builder = new ProgramBuilder('float32');
  const x = builder.external('x', 'batch', 100);
  const y = builder.external('y', 'batch', 50);
  const w = builder.external('w', 50, 100);
  builder.label('linear1');
  builder.emit('affine_nt', { x, w, b: builder.external('b', 1, 50), y }, {});
  builder.label('relu1');
  builder.emit('relu', { x: y, y: builder.external('h', 'batch', 50) }, {});
  return builder.build({ capacity: 64 });
}

it('gives time, share, GFLOP/s and GB/s of each instruction that ran', () => {
  const counts = new Float64Array(2 * profileNumbers);
  // 4 runs of 20 rows in 100 µs: 2·20·50·100 operations each, and 4·(20·100 + 50·100 + 50 + 20·50) bytes.
  counts.set([100e-6, 4, 80], 0);
  const lines = profileTable(smallProgram(), counts).split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toBe('profile of a program of float32: 25.0 µs a run');
  expect(lines[2]?.split(/ {2,}/)).toEqual([
    'linear1',
    'affine_nt',
    'x w b y',
    '4',
    '25.0',
    '100.0 %',
    '8.0',
    '1.3',
  ]);
});

it('counts nothing unless GEMMNET_PROFILE=1', () => {
  vi.stubEnv('GEMMNET_PROFILE', '0');
  expect(startProfile(smallProgram())).toBeUndefined();
});
