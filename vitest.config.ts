import { defineConfig } from 'vitest/config';

/** Whatever computes: run once on each backend. The rest of the tests never asks which backend there is. */
const computing = ['nn', 'optim', 'models', 'train', 'cli'].map((room) => `test/${room}/**/*.test.ts`);

export default defineConfig({
  // The tests that are plain JavaScript import the package by its name, so that they also run over the built one.
  resolve: { alias: { gemmnet: new URL('lib/index.ts', import.meta.url).pathname } },
  test: {
    pool: 'forks',
    // Vitest would leave a processor to its own main process, which sleeps.
    maxWorkers: '100%',
    testTimeout: 60_000,
    // Worker threads start from the sources, too.
    execArgv: ['--import', new URL('test/worker-loader/register.js', import.meta.url).href],
    coverage: { provider: 'v8', include: ['lib/**/*.ts'], reporter: ['text', 'html'] },
    projects: [
      // In a vm context, as vitest's vmThreads and Jest run tests: Node's core is of another realm there.
      { extends: true, test: { name: 'vm', pool: 'vmThreads', include: ['test/realm/**/*.test.ts'] } },
      { extends: true, test: { name: 'plain', include: ['test/**/*.test.ts'], exclude: computing } },
      { extends: true, test: { name: 'js', include: computing, env: { GEMMNET_BACKEND: 'js' } } },
      { extends: true, test: { name: 'native', include: computing, env: { GEMMNET_BACKEND: 'native' } } },
    ],
  },
});
