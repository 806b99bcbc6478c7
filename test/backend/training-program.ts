import type { Binding, Steps } from '../../lib/backend/backend.js';
import type { Dtype, FloatDtype, TypedArray } from '../../lib/core/dtype.js';
import type { Program } from '../../lib/ops/program.js';
import { Draft, sharedArray, sharedFloats } from './draft.js';
import { uniform } from './random.js';

/** Rows of a batch, of which the workspace has room for six. */
export const batch = 4;
const capacity = 6;
const [inputs, hidden, classes] = [3, 5, 4];
/** Pictures of the data set. The last one is in no batch, until a test puts it there. */
const pictures = 10;
export const unusedPicture = pictures - 1;

export interface Training {
  readonly program: Program;
  /** Filled memory for up to so many steps, the same at each call with the same seed. */
  readonly memory: (steps: number, seed?: number) => Binding;
  /** The whole of a buffer of a binding. */
  readonly buffer: (binding: Binding, name: string) => TypedArray;
  /** The index of a scalar. */
  readonly scalar: (name: string) => number;
}

/** A net 3-5-4 that gathers its batches from a data set, with softmax loss, L2 regularization and Adam. */
export function training(dtype: FloatDtype, dataDtype: Dtype = 'uint8'): Training {
  const draft = new Draft(dtype, capacity);
  const parameters = draft.buffer('parameters');
  const moments = draft.buffer('moments');
  const workspace = draft.buffer('workspace');
  const data = draft.slot(draft.buffer('data', dataDtype), 'data', pictures, inputs);
  const dataLabels = draft.slot(draft.buffer('dataLabels', 'int32'), 'dataLabels', pictures, 1);
  const rows = draft.slot(draft.buffer('rows', 'int32', true), 'rows', 'batch', 1);
  const labels = draft.slot(draft.buffer('labels', 'int32'), 'labels', 'batch', 1);

  const total = hidden * inputs + hidden + classes * hidden + classes;
  const w1 = draft.slot(parameters, 'W1', hidden, inputs);
  const b1 = draft.slot(parameters, 'b1', 1, hidden);
  const w2 = draft.slot(parameters, 'W2', classes, hidden);
  const b2 = draft.slot(parameters, 'b2', 1, classes);
  const dw1 = draft.slot(parameters, 'dW1', hidden, inputs);
  const db1 = draft.slot(parameters, 'db1', 1, hidden);
  const dw2 = draft.slot(parameters, 'dW2', classes, hidden);
  const db2 = draft.slot(parameters, 'db2', 1, classes);
  const m1 = draft.slot(moments, 'm1', 1, total);
  const m2 = draft.slot(moments, 'm2', 1, total);
  const x = draft.slot(workspace, 'x', 'batch', inputs);
  const h = draft.slot(workspace, 'h', 'batch', hidden);
  const scores = draft.slot(workspace, 'scores', 'batch', classes);
  const losses = draft.slot(workspace, 'losses', 'batch', 1);
  const dscores = draft.slot(workspace, 'dscores', 'batch', classes);
  const dh = draft.slot(workspace, 'dh', 'batch', hidden);

  const one = draft.scalar('one', 1);
  const zero = draft.scalar('zero', 0);
  const reg = draft.scalar('reg', 0.1);
  const loss = draft.scalar('loss', 0);
  const rule = [
    draft.scalar('learningRate', 0),
    draft.scalar('beta1', 0.9),
    draft.scalar('beta2', 0.99),
    draft.scalar('epsilon', 1e-8),
    draft.scalar('t', 0),
    draft.scalar('weightDecay', 0),
  ];

  draft.op('gather', [data, rows, x]);
  draft.op('gather_labels', [dataLabels, rows, labels]);
  draft.phase('batch');
  draft.op('affine_nt', [x, w1, b1, h]);
  draft.op('relu', [h, h]);
  draft.op('affine_nt', [h, w2, b2, scores]);
  draft.phase('forward');
  draft.op('softmax_cross_entropy', [scores, labels, losses, dscores]);
  draft.op('mean', [losses], [loss]);
  draft.op('add_l2', [w1], [reg, loss]);
  draft.op('add_l2', [w2], [reg, loss]);
  draft.phase('loss');
  draft.op('copy', [w1, dw1]);
  draft.op('copy', [w2, dw2]);
  draft.op('gemm_tn', [dscores, h, dw2], [one, reg]);
  draft.op('column_sum', [dscores, db2], [zero]);
  draft.op('gemm_nn', [dscores, w2, dh], [one, zero]);
  draft.op('relu_backward', [dh, h, dh]);
  draft.op('gemm_tn', [dh, x, dw1], [one, reg]);
  draft.op('column_sum', [dh, db1], [zero]);
  draft.phase('backward');
  // All parameters, and all gradients, are one range each.
  const w = draft.range(w1, 'all parameters', total);
  const g = draft.range(dw1, 'all gradients', total);
  draft.op('adam', [w, g, m1, m2], rule);
  draft.phase('update');
  const program = draft.finish();

  const index = (name: string) => program.buffers.findIndex((buffer) => buffer.name === name);
  const buffer = (binding: Binding, name: string) => binding.buffers[index(name)]!;
  return {
    program,
    buffer,
    scalar: (name) => program.scalars.findIndex((scalar) => scalar.name === name),
    memory: (steps, seed = 1) => {
      const binding: Binding = {
        buffers: program.buffers.map((each) => {
          return sharedArray(each.dtype, each.stepped ? Math.max(capacity, steps * batch) : each.length);
        }),
        scalars: sharedFloats(program.scalars.map(({ value }) => value)),
      };
      const random = uniform(seed);
      const fill = (name: string, next: () => number) => {
        const values = buffer(binding, name);
        for (let i = 0; i < values.length; i++) values[i] = next();
      };
      fill('parameters', () => random() - 0.5);
      fill('data', () => Math.floor(random() * 8));
      fill('dataLabels', () => Math.floor(random() * classes));
      fill('rows', () => Math.floor(random() * (pictures - 1)));
      return binding;
    },
  };
}

/** Arguments of `runSteps`, with the learning rate falling from step to step. */
export function stepsOf(count: number, changes: Partial<Steps> = {}): Steps {
  return {
    count,
    rows: batch,
    stepped: {
      names: ['learningRate', 'nowhere', 't'],
      values: sharedFloats(
        Float64Array.from({ length: 3 * count }, (_, i) => {
          const step = Math.floor(i / 3);
          return [0.05 / (1 + step), 7, step + 1][i % 3]!;
        }),
      ),
    },
    losses: sharedFloats(new Float64Array(count)),
    control: new Int32Array(new SharedArrayBuffer(8)),
    ...changes,
  };
}
