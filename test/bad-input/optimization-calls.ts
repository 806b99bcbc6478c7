import { ArgumentError } from '../../lib/core/errors.js';
import { cosine, cosineRestarts } from '../../lib/optim/schedules/cosine.js';
import { constant, inverseTime, multiStep, polynomial, step } from '../../lib/optim/schedules/decay.js';
import { oneCycle } from '../../lib/optim/schedules/one-cycle.js';
import { reduceOnPlateau } from '../../lib/optim/schedules/reduce-on-plateau.js';
import { warmup } from '../../lib/optim/schedules/warmup.js';
import { Solver } from '../../lib/train/solver.js';
import { type OptionsCall, optionRows } from './option-rows.js';
import { loose, type Row } from './row.js';

type Table = readonly (readonly [
  name: string,
  call: Row['call'],
  error: Row['error'],
  expected: Row['expected'],
  received: Row['received'],
])[];

const options: readonly OptionsCall[] = [
  {
    name: 'cosine',
    call: (given) => cosine(0.1, 10, given),
    kinds: { min: 'nonNegative' },
    misspelled: ['minn', 'min'],
    words: [['per', 'steps', 'step']],
  },
  {
    name: 'oneCycle',
    call: (given) => oneCycle(0.1, 10, given),
    kinds: { divFactor: 'positive', finalDivFactor: 'positive', threePhase: 'boolean' },
    misspelled: ['pct_start', 'pctStart'],
    words: [
      ['per', 'epochs', 'epoch'],
      ['annealing', 'lineer', 'linear'],
    ],
  },
  {
    name: 'reduceOnPlateau',
    call: (given) => reduceOnPlateau(0.1, given),
    kinds: { factor: 'belowOne', threshold: 'belowOne', min: 'nonNegative' },
    misspelled: ['patient', 'patience'],
  },
];

const schedules: Table = [
  ['constant: a word', () => constant(loose('0.1')), ArgumentError, 'a number from 0 on', "'0.1'"],
  ['step: a fraction', () => step(0.1, 1.5), ArgumentError, 'size to be a positive integer', '1.5'],
  ['step: no gamma', () => step(0.1, 10, 0), ArgumentError, 'gamma to be a positive number', '0'],
  ['multiStep: a number', () => multiStep(0.1, loose(30)), ArgumentError, 'an array of integers', '30'],
  [
    'multiStep: a negative milestone',
    () => multiStep(0.1, [3, -1]),
    ArgumentError,
    'an array of integers from 0 on',
    'element 1 is -1',
  ],
  [
    'inverseTime: negative',
    () => inverseTime(0.1, -1),
    ArgumentError,
    'decay to be a number from 0 on',
    '-1',
  ],
  ['polynomial: no steps', () => polynomial(0.1, 0), ArgumentError, 'total to be a positive integer', '0'],
  ['cosine: upside down', () => cosine(0.1, 9, { min: 1 }), ArgumentError, 'at most the learning rate', '1'],
  [
    'cosineRestarts: a fraction',
    () => cosineRestarts(0.1, 9, 1.5),
    ArgumentError,
    'multiple to be a positive integer',
    '1.5',
  ],
  ['warmup: a number', () => warmup(5, loose(0.1)), ArgumentError, 'to be a schedule', '0.1'],
  [
    'warmup: per what nobody knows',
    () =>
      warmup(
        5,
        Object.assign(() => 1, { per: loose('batch') }),
      ),
    ArgumentError,
    'to be a schedule',
    "one with per: 'batch'",
  ],
  [
    'warmup: more than the first rate',
    () => warmup(5, constant(1), { startFactor: 2 }),
    ArgumentError,
    'a number in 0 … 1',
    '2',
  ],
  [
    'Solver: a schedule that gives NaN',
    ({ fullyConnected, X, y }) =>
      new Solver(
        fullyConnected,
        { XTrain: X, yTrain: y },
        {
          schedule: function mine() {
            return Number.NaN;
          },
        },
      ),
    ArgumentError,
    'the schedule mine to give a number from 0 on at epoch 0',
    'NaN',
  ],
  [
    'TwoLayerNet.train: a schedule that gives less than 0',
    ({ twoLayer, X, y }) =>
      twoLayer.train(X, y, { schedule: Object.assign(() => -1, { per: 'step' } as const) }),
    ArgumentError,
    'to give a number from 0 on at step 0',
    '-1',
  ],
];

/** Schedules, the learning-rate finder, initializers, and update rules as functions. */
export const optimizationCalls: readonly Row[] = [
  ...options.flatMap(optionRows),
  ...[schedules].flatMap((table) =>
    table.map(([name, call, error, expected, received]) => ({ name, call, error, expected, received })),
  ),
];
