import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../lib/core/errors.js';
import { cosine, cosineRestarts } from '../../lib/optim/schedules/cosine.js';
import {
  constant,
  exponential,
  inverseTime,
  multiStep,
  polynomial,
  step,
} from '../../lib/optim/schedules/decay.js';
import { oneCycle } from '../../lib/optim/schedules/one-cycle.js';
import { reduceOnPlateau } from '../../lib/optim/schedules/reduce-on-plateau.js';
import { type MeasuredSchedule, perStep, rateAt } from '../../lib/optim/schedules/schedule.js';
import { warmup } from '../../lib/optim/schedules/warmup.js';
import { fixture } from '../fixtures/index.js';

/** A schedule's arguments; those of `warmup` hold another schedule, as its name and arguments. */
interface Case {
  readonly name: keyof typeof makers;
  readonly arguments: readonly unknown[];
  readonly measures?: readonly (number | null)[];
  readonly rates: readonly number[];
}

const makers = {
  constant,
  step,
  multiStep,
  exponential,
  inverseTime,
  polynomial,
  cosine,
  cosineRestarts,
  oneCycle,
  warmup,
  reduceOnPlateau,
};

function made(name: keyof typeof makers, given: readonly unknown[]): MeasuredSchedule {
  const args = given.map((value) => {
    const [inner, ...rest] = Array.isArray(value) ? (value as unknown[]) : [];
    return typeof inner === 'string' ? made(inner as keyof typeof makers, rest) : value;
  });
  return (makers[name] as (...args: unknown[]) => MeasuredSchedule)(...args);
}

const cases = JSON.parse(readFileSync(fixture('schedules/schedules.json'), 'utf8')) as Case[];
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('schedules over 100 steps', () => {
  it('are all compared', () => {
    expect(new Set(cases.map(({ name }) => name))).toEqual(new Set(Object.keys(makers)));
    expect(cases.every(({ rates }) => rates.length === 100)).toBe(true);
  });

  it.each(
    cases.map((each) => [`${each.name}(${JSON.stringify(each.arguments).slice(1, -1)})`, each] as const),
  )('%s gives the rates of PyTorch and Keras', (_name, { name, arguments: given, measures, rates }) => {
    const schedule = made(name, given);
    const loss = given.some((value) => (value as { mode?: string }).mode === 'min');
    const checks = (measures ?? []).map((value) => ({ [loss ? 'valLoss' : 'valAcc']: value ?? Number.NaN }));
    // PyTorch's line to the end of a cycle, start + (end − start)·t, is off by a last bit of its start.
    const lastBit = 1e-16 * Math.max(...rates);
    for (const [t, expected] of rates.entries()) {
      const rate = schedule(t, checks.slice(0, t));
      expect(Math.abs(rate - expected), `at ${t}`).toBeLessThanOrEqual(Math.max(1e-12 * expected, lastBit));
    }
    // In any order: what a schedule gives depends on nothing but what it is given.
    for (const t of [99, 0, 50, 1])
      expect(schedule(t, checks.slice(0, t))).toBe(made(name, given)(t, checks.slice(0, t)));
  });
});

describe('a schedule', () => {
  it('counts epochs, or steps where it is told so', () => {
    const bySteps = { per: 'step' } as const;
    for (const schedule of [
      constant(1, bySteps),
      exponential(1, 0.5, bySteps),
      step(1, 2, 0.5, bySteps),
      multiStep(1, [2], 0.5, bySteps),
      inverseTime(1, 1, bySteps),
      polynomial(1, 5, 1, bySteps),
      cosine(1, 5, bySteps),
      cosineRestarts(1, 5, 2, bySteps),
      oneCycle(1, 5, bySteps),
      warmup(3, cosine(1, 5, bySteps)),
    ])
      expect(schedule.per).toBe('step');
    for (const schedule of [
      constant(1),
      step(1, 2),
      oneCycle(1, 5),
      warmup(3, cosine(1, 5)),
      warmup(3, (t) => t),
    ])
      expect(schedule.per).toBe('epoch');
    expect(reduceOnPlateau(1).per).toBe('epoch');
    const mine = (step: number) => 1 / (1 + step);
    expect([perStep(mine).per, perStep(mine).name, perStep(mine)(3)]).toEqual(['step', 'mine', 0.25]);
    expect(mine).not.toHaveProperty('per');
  });

  it('holds its end where it has one', () => {
    expect([100, 101, 1e6].map(polynomial(0.1, 100))).toEqual([0, 0, 0]);
    expect([100, 101, 1e6].map(cosine(0.1, 100, { min: 0.01 }))).toEqual([0.01, 0.01, 0.01]);
    const end = 0.1 / 25 / 1e4;
    expect([99, 100, 1e6].map(oneCycle(0.1, 100))).toEqual([end, end, end]);
  });

  it('of one step or epoch is defined', () => {
    for (const pctStart of [0, 0.3, 1]) {
      for (const threePhase of [false, true]) {
        for (const total of [1, 2, 3]) {
          const rates = range(total + 1).map(oneCycle(0.1, total, { pctStart, threePhase }));
          expect(rates.every((rate) => rate > 0 && rate <= 0.1)).toBe(true);
          expect(rates.at(-1)).toBe(0.1 / 25 / 1e4);
        }
      }
    }
    expect([0, 1].map(cosine(0.1, 1))).toEqual([0.1, 0]);
    expect([0, 1, 2].map(cosineRestarts(0.1, 1))).toEqual([0.1, 0.1, 0.1]);
  });

  it('warmed up rises by strides of the same size to its first rate', () => {
    const rates = range(6).map(warmup(4, constant(0.5)));
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.5].forEach((expected, t) => {
      expect(rates[t]).toBeCloseTo(expected, 15);
    });
    expect([0, 1].map(warmup(2, constant(1), { startFactor: 0 }))).toEqual([0, 0.5]);
  });

  it('warmed up sees only the checks of its own epochs', () => {
    const seen: number[] = [];
    const spy = warmup(2, (_epoch: number, checks: readonly unknown[]) => seen.push(checks.length));
    const checks = range(5).map((valAcc) => ({ valAcc }));
    for (const epoch of range(6)) spy(epoch, checks.slice(0, epoch));
    expect(seen).toEqual([0, 0, 0, 1, 2, 3]);
    const plateau = warmup(2, reduceOnPlateau(1, { patience: 0, factor: 0.5 }));
    const flat = range(6).map(() => ({ valAcc: 0.5 }));
    expect(range(6).map((epoch) => plateau(epoch, flat.slice(0, epoch)))).toEqual([
      1 / 3,
      1 / 3 + (1 - 1 / 3) / 2,
      1,
      1,
      0.5,
      0.25,
    ]);
  });

  it('that reduces on a plateau goes by what is measured', () => {
    const options = { patience: 0, factor: 0.5 };
    const rateAfter = (checks: readonly object[], more: object = {}) =>
      reduceOnPlateau(1, { ...options, ...more })(checks.length, checks);
    expect(rateAfter([{ valAcc: 0.5 }, { valAcc: 0.6 }])).toBe(1);
    expect(rateAfter([{ valAcc: 0.5 }, { valAcc: 0.4 }])).toBe(0.5);
    expect(rateAfter([{ valLoss: 0.5 }, { valLoss: 0.4 }])).toBe(1);
    expect(
      rateAfter([
        { valLoss: 0.5, valR2: 0.1 },
        { valLoss: 0.6, valR2: 0.2 },
      ]),
    ).toBe(0.5);
    expect(
      rateAfter(
        [
          { valLoss: 0.5, valR2: 0.1 },
          { valLoss: 0.6, valR2: 0.2 },
        ],
        { mode: 'max' },
      ),
    ).toBe(1);
    // The validation set goes before the training set.
    expect(
      rateAfter([
        { trainAcc: 0.5, valAcc: 0.5 },
        { trainAcc: 0.6, valAcc: 0.5 },
      ]),
    ).toBe(0.5);
    expect(rateAfter([{ trainAcc: 0.5 }, { trainAcc: 0.6 }])).toBe(1);
    expect(() => rateAfter([{ epoch: 1, valAcc: 0.5 }], { mode: 'min' })).toThrow(
      "reduceOnPlateau: expected a check with valLoss or trainLoss, which mode 'min' goes by, but received one with valAcc",
    );
    expect(rateAfter([{ valAcc: 0.5 }, { valAcc: 0.5 }, { valAcc: 0.5 }], { min: 0.4 })).toBe(0.4);
    expect(rateAfter([{ valAcc: 0.5 }, { valAcc: 0.5 }], { min: 2 })).toBe(1);
  });

  it('that gives no rate is named, with the epoch or step', () => {
    const halving = (epoch: number) => 1 - epoch;
    expect(rateAt('Solver', halving, 1, [])).toBe(0);
    expect(() => rateAt('Solver', halving, 2, [])).toThrow(
      'Solver: expected the schedule halving to give a number from 0 on at epoch 2 but received -1',
    );
    const steps = Object.assign((step: number) => Math.log(step), { per: 'step' } as const);
    expect(() => rateAt('Solver', steps, 0, [])).toThrow('at step 0 but received -Infinity');
    expect(() => rateAt('Solver', () => Number.NaN, 7, [])).toThrow('the schedule to give');
    expect(() => rateAt('Solver', () => '0.1' as never, 7, [])).toThrow("but received '0.1'");
    expect(() => rateAt('Solver', warmup(2, halving), 5, [])).toThrow(
      'the schedule warmup(2, halving) to give a number from 0 on at epoch 5 but received -2',
    );
  });

  it('refuses arguments that make no rates', () => {
    for (const make of [
      () => cosine(0.1, 10, { min: 0.2 }),
      () => cosine(0.1, 0),
      () => cosineRestarts(0.1, 10, 1.5),
      () => step(0.1, 2.5),
      () => step(0.1, 2, 0),
      () => multiStep(0.1, [1, 2.5]),
      () => inverseTime(0.1, -1),
      () => polynomial(0.1, 10, 0),
      () => oneCycle(0.1, 10, { pctStart: 1.1 }),
      () => warmup(0, constant(1)),
      () => warmup(5, 0.1 as never),
      () => reduceOnPlateau(0.1, { factor: 1 }),
    ])
      expect(make).toThrow(ArgumentError);
    expect(() => cosine(0.1, 10, { per: 'steps' as never })).toThrow("did you mean 'step'?");
    expect(() => warmup(5, Object.assign(() => 1, { per: 'batch' }) as never)).toThrow(
      "warmup: expected schedule to be a schedule, a function of the epoch or step, but received one with per: 'batch'",
    );
  });
});
