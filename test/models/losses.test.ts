import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ArgumentError, LabelError, ShapeError } from '../../lib/core/errors.js';
import { tensor } from '../../lib/core/tensors/tensor.js';
import {
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  FocalLoss,
  HingeLoss,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  LogCoshLoss,
  MSELoss,
  PoissonNLLLoss,
  QuantileLoss,
  SoftmaxCrossEntropyLoss,
  SquaredHingeLoss,
} from '../../lib/models/by-hand/criteria.js';

const criteria = {
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  FocalLoss,
  HingeLoss,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  LogCoshLoss,
  MSELoss,
  PoissonNLLLoss,
  QuantileLoss,
  SoftmaxCrossEntropyLoss,
  SquaredHingeLoss,
} as const;

interface Case {
  readonly name: string;
  readonly criterion: keyof typeof criteria;
  readonly options: object;
  readonly scores: readonly number[][];
  readonly target: readonly number[] | readonly number[][];
  readonly sampleWeight: readonly number[] | null;
  readonly loss: number;
  readonly gradient: readonly number[][];
}

const { cases } = JSON.parse(
  readFileSync(new URL('../fixtures/losses/losses.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly Case[] };
const titled = cases.map((each) => ({ ...each, title: `${each.name} ${JSON.stringify(each.options)}` }));
const float64 = (values: Case['scores'] | Case['target']) =>
  tensor(values as number[][], undefined, { dtype: 'float64' });

describe('the criteria give what PyTorch and the formulas give', () => {
  it.each(titled)('$criterion: $title', ({ criterion, options, scores, target, sampleWeight, ...want }) => {
    const made = new criteria[criterion](options);
    const loss = made.forward(
      float64(scores),
      target as number[],
      sampleWeight === null ? {} : { sampleWeight: float64(sampleWeight) },
    );
    expect(Math.abs(loss - want.loss)).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(want.loss)));
    const gradient = made.backward().toArray() as number[][];
    for (const [i, row] of want.gradient.entries()) {
      for (const [j, value] of row.entries()) {
        expect(Math.abs(gradient[i]![j]! - value)).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(value)));
      }
    }
  });

  it.each(titled)(
    '$criterion in float32: $title',
    ({ criterion, options, scores, target, sampleWeight, loss }) => {
      const made = new criteria[criterion](options);
      const given = made.forward(
        tensor(scores as number[][], undefined, { dtype: 'float32' }),
        target as number[],
        sampleWeight === null ? {} : { sampleWeight: [...sampleWeight] },
      );
      expect(Math.abs(given - loss)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(loss)));
      expect(made.backward().dtype).toBe('float32');
    },
  );
});

describe('rows that all count for nothing', () => {
  it('have the loss 0 and no gradient', () => {
    const criterion = new criteria.SoftmaxCrossEntropyLoss({ ignoreIndex: -1 });
    expect(
      criterion.forward(
        [
          [1, 2],
          [3, 4],
        ],
        [-1, -1],
      ),
    ).toBe(0);
    expect(criterion.backward().toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it('may hold anything', () => {
    const criterion = new criteria.SoftmaxCrossEntropyLoss({ ignoreIndex: -1 });
    expect(
      criterion.forward(
        [
          [Number.NaN, 2],
          [3, 3],
        ],
        [-1, 0],
      ),
    ).toBeCloseTo(Math.LN2, 12);
    expect(criterion.backward().toArray()).toEqual([
      [0, 0],
      [-0.5, 0.5],
    ]);
  });
});

describe('bad calls of the criteria', () => {
  const scores = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  const rows: readonly (readonly [string, () => unknown, new (message: string) => Error, RegExp])[] = [
    [
      'an unknown option',
      () => new criteria.HuberLoss({ detla: 1 } as object),
      ArgumentError,
      /HuberLoss.*detla.*delta/,
    ],
    [
      'an option out of range',
      () => new criteria.HuberLoss({ delta: 0 }),
      ArgumentError,
      /HuberLoss.*delta.*positive.*0/,
    ],
    [
      'another reduction',
      () => new criteria.L1Loss({ reduction: 'none' } as object),
      ArgumentError,
      /L1Loss.*reduction.*'mean'.*'none'/,
    ],
    [
      'options that are no object',
      () => new criteria.MSELoss(3 as unknown as object),
      ArgumentError,
      /MSELoss.*object.*3/,
    ],
    [
      'weights of other classes',
      () => new criteria.FocalLoss({ weight: [1, 2] }).forward(scores, [0, 1]),
      ArgumentError,
      /FocalLoss.forward.*weight.*3 numbers.*2/,
    ],
    [
      'levels that do not divide the outputs',
      () => new criteria.QuantileLoss({ levels: [0.1, 0.9] }).forward(scores, [[1], [2]]),
      ArgumentError,
      /QuantileLoss.forward.*levels.*multiple of 2.*3/,
    ],
    [
      'levels that are none',
      () => new criteria.QuantileLoss({ levels: [0, 1] }),
      ArgumentError,
      /QuantileLoss.*levels.*between 0 and 1/,
    ],
    [
      'answers beyond 1',
      () =>
        new criteria.BCEWithLogitsLoss().forward(scores, [
          [0, 1, 2],
          [0, 0, 0],
        ]),
      ArgumentError,
      /BCEWithLogitsLoss.forward.*y\[0\]\[2\].*0 … 1.*2/,
    ],
    [
      'counts below 0',
      () =>
        new criteria.PoissonNLLLoss().forward(scores, [
          [0, 1, 2],
          [-1, 0, 0],
        ]),
      ArgumentError,
      /PoissonNLLLoss.forward.*y\[1\]\[0\].*from 0 on.*-1/,
    ],
    [
      'a label that is not the ignored one',
      () => new criteria.SoftmaxCrossEntropyLoss({ ignoreIndex: -1 }).forward(scores, [-2, 0]),
      LabelError,
      /y\[0\].*-2/,
    ],
    [
      'sample weights of other rows',
      () => new criteria.L1Loss().forward(scores, scores, { sampleWeight: [1] }),
      ShapeError,
      /sampleWeight.*\(2\).*\(1\)/,
    ],
    [
      'a sample weight below 0',
      () => new criteria.L1Loss().forward(scores, scores, { sampleWeight: [1, -1] }),
      ArgumentError,
      /sampleWeight\[1\].*from 0 on.*-1/,
    ],
    [
      'label smoothing of all',
      () => new criteria.CrossEntropyLoss({ labelSmoothing: 1 }),
      ArgumentError,
      /CrossEntropyLoss.*labelSmoothing.*below 1.*1/,
    ],
  ];
  it.each(rows)('%s', (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });
});
