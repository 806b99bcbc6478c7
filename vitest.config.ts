import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** Whatever computes: run once on each backend. The rest of the tests never asks which backend there is. */
const computing = ['nn', 'optim', 'net', 'models', 'interchange', 'train', 'cli'].map(
  (room) => `test/${room}/**/*.test.ts`,
);

/** Files that take minutes, though they are short. */
const long = /\/test\/(hostile|real-data)\/|\/test\/environments\/endings\.test\.ts$/;

/** Vitest starts with the largest files, which would leave one processor idle while the other works off a long one at the end. */
class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => long.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  // The tests that are plain JavaScript import the package by its name, so that they also run over the built one.
  resolve: { alias: { gemmnet: new URL('lib/index.ts', import.meta.url).pathname } },
  // What the build makes a constant.
  define: { __GEMMNET_VERSION__: JSON.stringify(version) },
  test: {
    pool: 'forks',
    // Vitest would leave a processor to its own main process, which sleeps.
    maxWorkers: '100%',
    testTimeout: 60_000,
    sequence: { sequencer: LongFilesFirst },
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
