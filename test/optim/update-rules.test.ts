import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../lib/core/errors.js';
import { catalogue } from '../../lib/ops/catalogue.js';
import { constant, exponential } from '../../lib/optim/schedules/decay.js';
import {
  checkHyperparameters,
  momentsOf,
  scalarsOf,
  type UpdateRuleName,
  updateRules,
} from '../../lib/optim/update-rules.js';

const names = Object.keys(updateRules) as UpdateRuleName[];

describe.each(names)('the update rule %s', (name) => {
  it('has a default for every scalar of its op except the step number', () => {
    const defaults = checkHyperparameters('test', name, {});
    expect(Object.keys(defaults).sort()).toEqual(
      scalarsOf(name)
        .filter((scalar) => scalar !== 't')
        .sort(),
    );
    expect(Object.values(defaults).every(Number.isFinite)).toBe(true);
    expect(catalogue[updateRules[name].op]).toContain('learningRate');
  });

  it('refuses hyper-parameters that are unknown or out of range', () => {
    expect(() => checkHyperparameters('test', name, { learningrate: 1 })).toThrow(
      'did you mean learningRate?',
    );
    expect(() => checkHyperparameters('test', name, { learningRate: -1 })).toThrow(ArgumentError);
    expect(() => checkHyperparameters('test', name, { weightDecay: Number.NaN })).toThrow(ArgumentError);
    expect(() => checkHyperparameters('test', name, { learningRate: '1' })).toThrow(ArgumentError);
    for (const limited of ['momentum', 'decayRate', 'rho', 'beta1', 'beta2']) {
      if (!scalarsOf(name).includes(limited)) continue;
      expect(() => checkHyperparameters('test', name, { [limited]: 1 })).toThrow(ArgumentError);
      expect(checkHyperparameters('test', name, { [limited]: 0 })[limited]).toBe(0);
    }
  });
});

it('AMSGrad is a rule, and who looks for an option is told so', () => {
  expect(() => checkHyperparameters('Solver: optimConfig', 'adam', { amsgrad: true })).toThrow(
    "Solver: unknown optimConfig.amsgrad; did you mean the update rule 'amsgrad'?",
  );
  expect(() => checkHyperparameters('test', 'adamw', { amsgrad: true })).toThrow("'amsgradw'");
});

it('the rules remember as much as their formulas ask for', () => {
  expect(names.map((name) => momentsOf(name).length)).toEqual([0, 1, 1, 1, 2, 1, 2, 2, 3, 3, 2, 2, 2, 1]);
});

describe('schedules', () => {
  it('constant and exponential give the rate of an epoch', () => {
    expect([0, 1, 9].map(constant(0.1))).toEqual([0.1, 0.1, 0.1]);
    expect([0, 1, 2].map(exponential(1e-3, 0.95))).toEqual([1e-3, 1e-3 * 0.95, 1e-3 * 0.95 * 0.95]);
    expect(() => exponential(1, 0)).toThrow(ArgumentError);
    expect(() => constant(-1)).toThrow(ArgumentError);
  });
});
