import { ArgumentError } from '../../lib/core/errors.js';
import { badValues, type OptionKind } from './bad-values.js';
import type { Row } from './row.js';
import type { Subjects } from './subjects.js';

/** An object of options that a call takes. */
export interface OptionsCall {
  /** `TwoLayerNet.train`. */
  readonly name: string;
  readonly call: (options: never, subjects: Subjects) => unknown;
  /** Options with which the call would be good. */
  readonly good?: Readonly<Record<string, unknown>>;
  readonly kinds: Readonly<Record<string, OptionKind>>;
  readonly required?: readonly string[];
  /** A misspelled option, and the one that is meant. */
  readonly misspelled: readonly [wrong: string, right: string];
  /** Words of which an option must be one: an option, a wrong word and the word that is meant. */
  readonly words?: readonly (readonly [option: string, wrong: string, right: string])[];
}

/** Every option with every value that it must not have, a misspelled one, those that are missing, and what is no object. */
export function optionRows({
  name,
  call,
  good = {},
  kinds,
  required = [],
  misspelled,
  words = [],
}: OptionsCall): Row[] {
  const rows: Row[] = [];
  const add = (what: string, options: unknown, expected: Row['expected'], received: Row['received']) => {
    rows.push({
      name: `${name}: ${what}`,
      call: (subjects) => call(options as never, subjects),
      error: ArgumentError,
      expected,
      received,
    });
  };
  for (const [option, kind] of Object.entries(kinds)) {
    const { expected, values } = badValues[kind];
    for (const value of values) {
      add(`${option} is ${value.name}`, { ...good, [option]: value.make() }, expected, value.received);
    }
  }
  for (const [option, wrong, right] of words) {
    add(
      `${option} is misspelled`,
      { ...good, [option]: wrong },
      `'${right}'`,
      `'${wrong}'; did you mean '${right}'?`,
    );
    add(`${option} is a number`, { ...good, [option]: 1 }, `'${right}'`, '1');
  }
  for (const option of required) {
    const { [option]: _, ...rest } = good;
    add(`${option} is missing`, rest, `expected option ${option}`, 'it is missing');
  }
  const [wrong, right] = misspelled;
  add(
    `unknown option ${wrong}`,
    { ...good, [wrong]: 1 },
    `did you mean ${right}?`,
    `unknown option ${wrong}`,
  );
  add('options are null', null, 'to be an object', 'null');
  add('options are a number', 7, 'to be an object', '7');
  add('options are an array', [], 'to be an object', '[]');
  return rows;
}
