import { expect, test } from 'vitest';
import { formatProgram } from '../../lib/ops/listing.js';
import { Draft } from '../backend/draft.js';

test('formatProgram lists buffers, scalars and, phase by phase, instructions with names and shapes', () => {
  const draft = new Draft('float32', 8);
  const parameters = draft.buffer('parameters');
  const data = draft.slot(draft.buffer('data', 'uint8'), 'data', 100, 3);
  const rows = draft.slot(draft.buffer('rows', 'int32', true), 'rows', 'batch', 1);
  const workspace = draft.buffer('workspace');
  const w = draft.slot(parameters, 'W1', 5, 3);
  const dw = draft.slot(parameters, 'dW1', 5, 3);
  const x = draft.slot(workspace, 'x', 'batch', 3);
  const y = draft.slot(workspace, 'y', 'batch', 5);
  const one = draft.scalar('one', 1);
  const zero = draft.scalar('zero', 0);
  const loss = draft.scalar('loss', 0);
  const reg = draft.scalar('reg', 0.1);
  const pixels = draft.slot(workspace, 'pixels', 'batch*3', 1);
  draft.op('gather', [data, rows, x]);
  draft.phase('batch');
  draft.op('gemm_nt', [x, w, y], [one, zero]);
  draft.host(() => {}, [y, rows]);
  draft.phase('forward');
  draft.op('add_l2', [w], [reg, loss]);
  draft.phase('loss');
  draft.op('gemm_tn', [y, x, dw], [one, zero]);
  draft.op('channels_last', [x, pixels], [], [1, 3]);
  expect(formatProgram(draft.finish())).toBe(`program of float32, up to 8 rows
buffers
  parameters  float32[30]
  data        uint8[300]
  rows        int32[8], another part each step
  workspace   float32[88]
scalars
  one = 1, zero = 0, loss = 0, reg = 0.1
batch
  0  gather under test         gather         data (100, 3) uint8, rows (N, 1) int32 -> x (N, 3)
forward
  1  gemm_nt under test        gemm_nt        x (N, 3), W1 (5, 3), y (N, 5) -> y | alpha: one, beta: zero
  2  host under test           host           y (N, 5), rows (N, 1) int32
loss
  3  add_l2 under test         add_l2         W1 (5, 3) -> loss | reg
outside all phases
  4  gemm_tn under test        gemm_tn        y (N, 5), x (N, 3), dW1 (5, 3) -> dW1 | alpha: one, beta: zero
  5  channels_last under test  channels_last  x (N, 3) -> pixels (3N, 1) ; height 1, width 3`);
});

test('formatProgram lists a program without instructions', () => {
  expect(formatProgram(new Draft('float64', 1).finish())).toBe('program of float64, up to 1 rows\nbuffers');
});
