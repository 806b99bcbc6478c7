import { expect, test } from 'vitest';
import { runModule } from './run-program.js';

const minutes = 60_000;

test.each(['threads', 'vmThreads'])(
  'a test of a user whose time is over while it trains fails, and not the run, in the pool %s',
  { timeout: 5 * minutes },
  async (pool) => {
    const options = {
      config: false,
      root: `${import.meta.dirname}/times-out`,
      include: ['*.spec.js'],
      pool,
      testTimeout: minutes,
      watch: false,
    };
    const text = `
      import { startVitest } from 'vitest/node';
      const vitest = await startVitest('test', [], ${JSON.stringify(options)});
      await vitest.close();`;
    // Else the inner vitest would take itself for a worker of the outer one.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/VITEST/.test(name)));
    const { status, signal, stdout, stderr } = await runModule(text, [], { env: { ...env, NO_COLOR: '1' } });
    expect({ status, signal }).toEqual({ status: 1, signal: null });
    expect(stdout + stderr).toContain('Error: Test timed out in 100ms');
    expect(stdout).toMatch(/Tests +1 failed \| 1 passed/);
    expect(stdout).not.toContain('Unhandled');
  },
);
