import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** How many of the course's toy figures each example reproduces. */
const examples = {
  'chula-two-layer-net.js': 5,
  'cs145-two-layer-net.js': 4,
  'cs189-filters.js': 8,
  'cs189-solver.js': 7,
  'cs498-neural-network.js': 6,
  'ece285-sequential.js': 3,
} as const;

describe('examples', () => {
  it('are all tested here', () => {
    const shared = ['course-figures.js', 'example-options.js'];
    const files = readdirSync(`${root}examples`).filter(
      (name) => name.endsWith('.js') && !shared.includes(name),
    );
    expect(files.toSorted()).toEqual(Object.keys(examples));
  });

  it('have the build that they import', () => {
    expect(existsSync(`${root}dist/index.js`), 'dist/ is missing: npm run build:ts').toBe(true);
  });

  for (const backend of ['native', 'js']) {
    it.each(Object.entries(examples))(
      `%s prints %i figures of the course, all right, on ${backend}`,
      async (name, count) => {
        const { stdout } = await run(process.execPath, [`examples/${name}`, '--toy'], {
          cwd: root,
          env: { ...process.env, GEMMNET_BACKEND: backend },
        });
        expect(stdout.match(/ (relative|±) \S+ +ok$/gm)).toHaveLength(count);
        expect(stdout).not.toMatch(/OFF$/m);
      },
    );
  }

  it('write the pictures that masks make', async () => {
    const folder = await temporaryFolder();
    await run(process.execPath, ['examples/cs189-filters.js', '--out', folder], { cwd: root });
    const names = ['Prewitt-x', 'Prewitt-y', 'central-difference-x', 'central-difference-y', 'digits'];
    expect(readdirSync(folder).toSorted()).toEqual([...names, 'max-pooled'].map((name) => `${name}.png`));
  });

  it('leave real data out with a remark where there are none', async () => {
    const { stdout } = await run(process.execPath, ['examples/cs189-solver.js', '--data', '/nowhere'], {
      cwd: root,
    });
    expect(stdout).toMatch(
      /Real data left out: expected the four idx files of MNIST in \/nowhere\/mnist; name .* with --data or GEMMNET_DATA/,
    );
  });
});
