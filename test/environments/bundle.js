import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Two folders deep, as `lib/backend` is, from where the native binary is looked for. */
const folder = join(root, 'build-environments', 'bundle');

/**
 * Packs the programs of this folder with the sources of the library, a file for each: an environment starts in 70 ms, and not in the 300
 * that two hundred modules take.
 *
 * @returns {Promise<string>} the file of the program `cycles`
 */
export async function bundlePrograms() {
  const here = (/** @type {string} */ name) => join(import.meta.dirname, name);
  const { build } = await bundler();
  await build({
    input: {
      cycles: here('cycles.js'),
      environment: here('environment.js'),
      works: here('works.js'),
      'eigen-worker': join(root, 'lib', 'data', 'pca', 'eigen', 'eigen-worker.ts'),
    },
    platform: 'node',
    logLevel: 'warn',
    external: /^(?!gemmnet$)[\w@]/,
    resolve: {
      alias: { gemmnet: join(root, 'lib', 'index.ts') },
      extensionAlias: { '.js': ['.ts', '.js'] },
    },
    output: { dir: folder, format: 'esm' },
  });
  return join(folder, 'cycles.js');
}

/** What vitest itself compiles with: vite's rolldown. */
function bundler() {
  const require = createRequire(import.meta.url);
  const vite = createRequire(require.resolve('vitest/package.json')).resolve('vite/package.json');
  return import(pathToFileURL(createRequire(vite).resolve('rolldown')).href);
}
