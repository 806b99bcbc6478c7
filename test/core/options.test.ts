import { describe, expect, expectTypeOf, test } from 'vitest';
import { ArgumentError } from '../../lib/core/errors.js';
import {
  abortSignal,
  any,
  arrayOf,
  boolean,
  checkOptions,
  checkValue,
  either,
  fn,
  fraction,
  instanceOf,
  integerIn,
  nonNegative,
  nonNegativeInteger,
  number,
  oneOf,
  optional,
  positive,
  positiveInteger,
  type Rule,
  record,
  string,
} from '../../lib/core/options.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { editDistance, suggest } from '../../lib/core/suggest.js';

const net = {
  inputSize: positiveInteger,
  hiddenSize: positiveInteger,
  std: optional(nonNegative, 1e-4),
  loss: optional(oneOf('softmax', 'mse'), 'softmax'),
  hiddenDims: optional(arrayOf(positiveInteger)),
  onProgress: optional(fn<(step: number) => void>()),
};

describe('checkOptions', () => {
  test('returns all options with their defaults and types', () => {
    const checked = checkOptions('TwoLayerNet', { inputSize: 4, hiddenSize: 10, std: undefined }, net);
    expect(checked).toEqual({ inputSize: 4, hiddenSize: 10, std: 1e-4, loss: 'softmax' });
    expectTypeOf(checked.inputSize).toEqualTypeOf<number>();
    expectTypeOf(checked.loss).toEqualTypeOf<'softmax' | 'mse'>();
    expectTypeOf(checked.hiddenDims).toEqualTypeOf<readonly number[] | undefined>();
    expectTypeOf(checked.onProgress).toEqualTypeOf<((step: number) => void) | undefined>();
  });

  test('leaves the given object alone and keeps a copy of arrays', () => {
    const options = Object.freeze({ inputSize: 4, hiddenSize: 10, hiddenDims: [3, 2] });
    const { hiddenDims } = checkOptions('Net', options, net);
    options.hiddenDims[0] = -1;
    expect(hiddenDims).toEqual([3, 2]);
    expect(Object.isFrozen(hiddenDims)).toBe(true);
  });

  test.each([
    [
      { inputSize: 4, hiddenSize: -3 },
      'TwoLayerNet: expected option hiddenSize to be a positive integer but received -3',
    ],
    [{ inputSize: 4 }, 'TwoLayerNet: expected option hiddenSize to be a positive integer but it is missing'],
    [{ inputSize: 4, hiddenSize: undefined }, 'but it is missing'],
    [{ inputSize: 4, hiddenSize: null }, 'but received null'],
    [{ inputSize: 4, hidenSize: 10 }, 'TwoLayerNet: unknown option hidenSize; did you mean hiddenSize?'],
    [{ inputSize: 4, hidden_size: 10 }, 'did you mean hiddenSize?'],
    [{ inputSize: 4, HIDDENSIZE: 10 }, 'did you mean hiddenSize?'],
    [{ inputSize: 4, hiddenSize: 1, Std: 1 }, 'did you mean std?'],
    [{ inputSize: 4, hs: 1 }, 'unknown option hs; did you mean hiddenSize?'],
    [
      { inputSize: 4, hiddenSize: 1, momentum: 1 },
      'unknown option momentum; known are inputSize, hiddenSize, std, loss, hiddenDims, onProgress',
    ],
    [{ inputSize: 4, hiddenSize: 1, toString: 1 }, 'unknown option toString'],
    [JSON.parse('{"inputSize": 4, "hiddenSize": 1, "__proto__": {}}'), 'unknown option __proto__'],
    [
      { inputSize: 4, hiddenSize: 1, std: Number.NaN },
      'expected option std to be a number from 0 on but received NaN',
    ],
    [
      { inputSize: 4, hiddenSize: 1, loss: 'sofmax' },
      "expected option loss to be 'softmax' or 'mse' but received 'sofmax'; did you mean 'softmax'?",
    ],
    [{ inputSize: 4, hiddenSize: 1, loss: 3 }, "'softmax' or 'mse' but received 3"],
    [
      { inputSize: 4, hiddenSize: 1, hiddenDims: [3, 0] },
      'expected option hiddenDims to be an array of positive integers but received [3, 0], where element 1 is 0',
    ],
    // biome-ignore lint/suspicious/noSparseArray: the hole is the case
    [{ inputSize: 4, hiddenSize: 1, hiddenDims: [3, ,] }, 'where element 1 is undefined'],
    [{ inputSize: 4, hiddenSize: 1, hiddenDims: 3 }, 'array of positive integers but received 3'],
    [
      { inputSize: 4, hiddenSize: 1, onProgress: 'log' },
      "expected option onProgress to be a function but received 'log'",
    ],
    [null, 'TwoLayerNet: expected the options to be an object but received null'],
    [[1], 'expected the options to be an object but received [1]'],
    ['x', "received 'x'"],
  ])('refuses %o', (options, message) => {
    expect(() => checkOptions('TwoLayerNet', options, net)).toThrow(ArgumentError);
    expect(() => checkOptions('TwoLayerNet', options, net)).toThrow(message);
  });

  test('without options, all defaults', () => {
    expect(checkOptions('f', undefined, { h: optional(positive, 1e-5) })).toEqual({ h: 1e-5 });
    expect(() => checkOptions('f', { x: 1 }, {})).toThrow('unknown option x; there are none');
  });

  test('an object that is not the options is called by its name', () => {
    const schema = { XTrain: any };
    expect(() => checkOptions('Solver: data', { Xtrian: 1 }, schema)).toThrow(
      'Solver: unknown data.Xtrian; did you mean XTrain?',
    );
    expect(() => checkOptions('Solver: data', {}, schema)).toThrow(
      'Solver: expected data.XTrain to be given but it is missing',
    );
    expect(() => checkOptions('Solver: data', 1, schema)).toThrow(
      'Solver: expected data to be an object but received 1',
    );
  });
});

describe('rules', () => {
  const numbers = [-1, -0.5, 0, 0.5, 1, 2, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY];
  test.each<[string, Rule<unknown>, readonly unknown[]]>([
    ['number', number, [-1, -0.5, 0, 0.5, 1, 2, 2 ** 53]],
    ['positive', positive, [0.5, 1, 2, 2 ** 53]],
    ['nonNegative', nonNegative, [0, 0.5, 1, 2, 2 ** 53]],
    ['fraction', fraction, [0, 0.5, 1]],
    ['positiveInteger', positiveInteger, [1, 2]],
    ['nonNegativeInteger', nonNegativeInteger, [0, 1, 2]],
    ['integerIn(-1, 1)', integerIn(-1, 1), [-1, 0, 1]],
    ['oneOf(1, 2)', oneOf(1, 2), [1, 2]],
    ['boolean', boolean, [true]],
    ['string', string, ['1', '']],
    ['any', any, [...numbers, '1', '', true, null, 3n]],
    ['either', either(boolean, fraction), [0, 0.5, 1, true]],
  ])('%s', (_name, rule, accepted) => {
    const values = [...numbers, '1', '', true, null, 3n];
    expect(values.filter((value) => rule.accepts(value))).toEqual(accepted);
  });

  test('objects', () => {
    const { signal } = new AbortController();
    expect(abortSignal.accepts(signal)).toBe(true);
    expect(abortSignal.accepts(new AbortController())).toBe(false);
    expect(abortSignal.accepts({ aborted: true })).toBe(false);
    expect([{}, Object.create(null), { a: 1 }].every((value) => record.accepts(value))).toBe(true);
    expect([null, [], new Date(), () => 1, 'x'].some((value) => record.accepts(value))).toBe(false);
    const rng = instanceOf(RandomState);
    expect(rng.accepts(new RandomState(0))).toBe(true);
    expect(() => checkValue('Net: option rng', {}, rng)).toThrow(
      'Net: expected option rng to be an instance of RandomState but received an empty object',
    );
    expect(() => checkValue('x', 1, either(boolean, string))).toThrow(
      'expected x to be true or false or a string but received 1',
    );
  });
});

test('suggest finds the nearest word, or none', () => {
  expect(suggest('learningrate', ['momentum', 'learningRate'])).toBe('learningRate');
  expect(suggest('batchsiez', ['batchSize', 'numIters'])).toBe('batchSize');
  expect(suggest('dropout', ['reg', 'seed'])).toBeUndefined();
  // Where none is near, a word that begins so.
  expect(suggest('label', ['columns', 'labelColumn', 'labelKind'])).toBe('labelColumn');
  expect(suggest('Label', ['label_column', 'labels'])).toBe('labels');
  expect(suggest('lab', ['labelColumn'])).toBeUndefined();
  expect(suggest('x', [])).toBeUndefined();
  expect([editDistance('kitten', 'sitting'), editDistance('', 'abc'), editDistance('abc', '')]).toEqual([
    3, 3, 3,
  ]);
  expect([editDistance('rgn', 'rng'), editDistance('ab', 'ba'), editDistance('abc', 'abc')]).toEqual([
    1, 1, 0,
  ]);
});
