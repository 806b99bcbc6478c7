import { describe, expect, onTestFinished, test } from 'vitest';
import { StateError } from '../../lib/core/errors.js';
import { WorkerThread } from '../../lib/core/process/worker-thread.js';

function thread(file = './failing-worker.js') {
  const made = new WorkerThread<number | string, number>(
    'Doubler',
    'failing-worker',
    () => new URL(file, import.meta.url),
  );
  onTestFinished(() => made.terminate());
  return made;
}

describe('WorkerThread', () => {
  test('answers each call with its own answer', async () => {
    const doubler = thread();
    expect(await Promise.all([doubler.call(1), doubler.call(2), doubler.call(3)])).toEqual([2, 4, 6]);
  });

  test('hands on what its module throws, and goes on', async () => {
    const doubler = thread();
    const [error, answer] = await Promise.all([
      doubler.call('rhyme').catch((reason: unknown) => reason),
      doubler.call(4),
    ]);
    expect(error).toBeInstanceOf(StateError);
    expect((error as StateError).message).toBe('Doubler: its worker thread failed: no rhyme here');
    expect(answer).toBe(8);
  });

  test('rejects all calls when it dies, and starts again', async () => {
    const doubler = thread();
    const calls = await Promise.allSettled([doubler.call('exit'), doubler.call(1)]);
    expect(calls.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(String((calls[0] as PromiseRejectedResult).reason)).toContain('it ended with code 3');
    expect(await doubler.call(5)).toBe(10);
  });

  test('ends amid a call', async () => {
    const doubler = thread();
    const call = doubler.call('hang').catch((reason: unknown) => reason);
    await doubler.terminate('over');
    expect(await call).toBe('over');
    expect(await doubler.call(6)).toBe(12);
  });

  test('says when its file is not there', async () => {
    const error: unknown = await thread('./missing.js')
      .call(1)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StateError);
    expect((error as StateError).message).toContain(
      'Doubler: its worker thread failed: its file failing-worker.mjs is not there; leave gemmnet outside of the bundle',
    );
  });
});
