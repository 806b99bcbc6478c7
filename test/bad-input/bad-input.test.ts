import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backendInfo, configure } from '../../lib/backend/index.js';
import { GemmnetError } from '../../lib/core/errors.js';
import { dataCalls } from './data-calls.js';
import { layerCalls } from './layer-calls.js';
import { normalizationCalls } from './normalization-calls.js';
import { optimizationCalls } from './optimization-calls.js';
import { optionCalls } from './option-calls.js';
import { otherCalls } from './other-calls.js';
import type { Row } from './row.js';
import { bitsOf, makeSubjects } from './subjects.js';

const rows: readonly Row[] = [
  ...optionCalls,
  ...dataCalls,
  ...normalizationCalls,
  ...layerCalls,
  ...otherCalls,
  ...optimizationCalls,
];

async function outcome(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

it('the table has at least 300 bad calls, each under a name of its own', () => {
  expect(rows.length).toBeGreaterThanOrEqual(300);
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
});

describe.each(['native', 'js'] as const)('bad input on %s', (backend) => {
  const before = backendInfo().backend;
  beforeAll(() => {
    configure({ backend });
  });
  afterAll(() => {
    configure({ backend: before });
  });

  it.each(rows)('$name', async ({ call, error, expected, received }) => {
    const subjects = makeSubjects();
    const bits = bitsOf(subjects);
    const thrown = await outcome(() => call(subjects));
    expect(thrown).toBeInstanceOf(GemmnetError);
    expect(thrown).toBeInstanceOf(error);
    const { code, message } = thrown as GemmnetError;
    expect(code).toMatch(/^ERR_[A-Z]+$/);
    expect(message).toMatch(expected);
    // What was received stands at the end of the sentence, and is not just a number that occurs in it.
    expect(message.slice(Math.max(0, message.lastIndexOf('but received ')))).toMatch(received);
    expect(bitsOf(subjects)).toBe(bits);
    expect(backendInfo().backend).toBe(backend);
    // And the models still work: a call that failed has left no lock behind.
    const { twoLayer, fullyConnected, X, y } = subjects;
    for (const model of [twoLayer, fullyConnected]) expect(model.loss(X, y).loss).toBeGreaterThan(0);
  });
});
