import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root } from '../../scripts/run.js';
import { assertJavaScript, assertNative, outcomes, succeed } from './stage.js';

/**
 * @typedef {object} Bundling
 * @property {string} tool of bundle.js
 * @property {'esm' | 'cjs'} format
 * @property {boolean} [quick]
 * @property {boolean} [takesWorkers] whether it takes along what `new URL('…', import.meta.url)` names
 */

/** @type {readonly Bundling[]} */
const bundlings = [
  { tool: 'esbuild', format: 'esm', quick: true },
  { tool: 'esbuild', format: 'cjs', quick: true },
  { tool: 'webpack', format: 'cjs', quick: true, takesWorkers: true },
  { tool: 'webpack', format: 'esm', takesWorkers: true },
  { tool: 'rollup', format: 'esm', quick: true },
  { tool: 'rollup', format: 'cjs' },
  { tool: 'rolldown', format: 'esm' },
  { tool: 'rolldown', format: 'cjs' },
  { tool: 'vite', format: 'esm' },
  { tool: 'ncc', format: 'esm' },
  { tool: 'ncc', format: 'cjs' },
];

const { version: packageVersion } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What is said of each thing that stayed behind in the package. */
export const leftBehind = {
  digits: /^ArgumentError: loadDigits: .*external/,
  thread: /^StateError: pca: .*external/,
  picture: /^StateError: loadImage: .*external/,
};

/** Where there is no binary: how to have one, and all the rest. */
export const noBinary = /external: \['gemmnet'\].*GEMMNET_NATIVE=/;

/** @type {readonly import('./stage.js').Check[]} */
export const bundlers = bundlings.map(({ tool, format, quick = false, takesWorkers = false }) => ({
  name: `bundler: ${tool}, ${format}`,
  quick,
  async run(stage) {
    const cwd = stage.project();
    const bundle = async (/** @type {string} */ folder, /** @type {string[]} */ ...more) => {
      const program = join(root, 'test', 'tools', 'bundle.js');
      const said = await succeed(process.execPath, [program, tool, format, folder, ...more], { cwd });
      if (said !== '') throw new Error(`${tool} says\n${said}`);
      return join(cwd, folder, format === 'esm' ? 'program.mjs' : 'program.cjs');
    };
    const run = (/** @type {string} */ program, /** @type {Record<string, string>} */ env = {}) =>
      outcomes(process.execPath, [program, stage.picture], { cwd: dirname(program), env });

    const inside = await bundle('inside');
    assertNative(await run(inside));
    assertNative(await run(await bundle('outside', 'external')));

    const away = join(stage.folder(), 'bundle');
    // A program may be called as the package is.
    writeFileSync(
      join(away, '..', 'package.json'),
      JSON.stringify({ name: 'gemmnet', version: packageVersion }),
    );
    cpSync(dirname(inside), away, { recursive: true });
    // Some bundlers write down where files were.
    rmSync(cwd, { recursive: true });
    const alone = join(away, basename(inside));
    const { thread, ...other } = leftBehind;
    const missing = takesWorkers ? other : leftBehind;
    assertJavaScript(await run(alone), noBinary, missing);
    assertNative(await run(alone, { GEMMNET_NATIVE: stage.binary }), missing);
  },
}));
