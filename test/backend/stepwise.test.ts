import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { jsBackend } from '../../lib/backend/js/index.js';
import { bind, Draft, viewOf } from './draft.js';
import { stepsOf } from './training-program.js';

test('runSteps lets the event loop turn between the instructions of a step that is longer than a slice', async () => {
  let turns = 0;
  const within: number[] = [];
  let before = 0;
  const draft = new Draft('float64', 4);
  const memory = draft.buffer('memory');
  const x = draft.slot(memory, 'x', 1, 1);
  const y = draft.slot(memory, 'y', 1, 1);
  draft.host(() => {
    before = turns;
    const until = performance.now() + 20;
    while (performance.now() < until);
  }, []);
  draft.op('add', [x, y, y]);
  draft.host(() => {
    within.push(turns - before);
  }, []);
  const program = draft.finish();
  const binding = bind(program);
  viewOf(program, binding, x).fill(1);

  let settled = false;
  const run = jsBackend
    .compile(program)
    .runSteps(stepsOf(4), binding)
    .finally(() => {
      settled = true;
    });
  while (!settled) {
    turns++;
    await nextTurn();
  }
  expect(await run).toEqual({ done: 4, reason: 'finished' });
  // That a step is so long is known once the first is done.
  expect(within).toHaveLength(4);
  expect(within.slice(1).every((count) => count > 0)).toBe(true);
  expect(viewOf(program, binding, y)[0]).toBe(4);
});
