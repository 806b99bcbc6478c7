import assert from 'node:assert/strict';
import { copyFileSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/run.js';
import { execute, succeed, toolPath } from './stage.js';

const newest = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const oldest = toolPath('typescript-5.4/bin/tsc');

/**
 * What users set, and what they compile with it.
 *
 * @type {Readonly<Record<string, { options: object, files: readonly string[] }>>}
 */
const settings = {
  'module node16': {
    options: { module: 'node16' },
    files: ['commonjs.cts', 'import-require.cts', 'module.mts'],
  },
  'moduleResolution bundler': {
    options: { module: 'esnext', moduleResolution: 'bundler' },
    files: ['program.ts'],
  },
  'moduleResolution node10': {
    options: { module: 'commonjs', moduleResolution: 'node10' },
    files: ['program.ts'],
  },
};

/**
 * Compiles programs against the declarations, all of which are checked too.
 *
 * @param {import('./stage.js').Stage} stage
 * @param {string} tsc
 * @param {readonly string[]} chosen of the settings
 */
async function assertCompiles(stage, tsc, ...chosen) {
  const cwd = stage.project();
  cpSync(join(root, 'test', 'tools', 'types'), cwd, { recursive: true });
  for (const name of ['commonjs.cts', 'module.mts', 'program.ts']) {
    copyFileSync(join(root, 'test', 'types', 'consumer.ts'), join(cwd, name));
  }
  for (const what of chosen) {
    const { options, files } = settings[what] ?? assert.fail(what);
    const compilerOptions = {
      target: 'es2022',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules', '@types')],
      ...options,
    };
    writeFileSync(join(cwd, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const { code, stdout, stderr } = await execute(process.execPath, [tsc, '-p', '.'], { cwd });
    assert.equal(code, 0, `${what}:\n${stdout}${stderr}`);
  }
}

/** @type {readonly import('./stage.js').Check[]} */
export const compilers = [
  {
    name: 'types: attw --profile strict',
    quick: true,
    tools: false,
    async run(stage) {
      const attw = join(root, 'node_modules', '.bin', 'attw');
      await succeed(attw, ['--profile', 'strict', '--no-emoji', stage.tarball], { cwd: root });
    },
  },
  {
    name: "types: the checkout's TypeScript",
    tools: false,
    // It knows no node10 any more.
    run: (stage) => assertCompiles(stage, newest, 'module node16', 'moduleResolution bundler'),
  },
  {
    name: 'types: TypeScript 5.4, the oldest, as Node',
    quick: true,
    run: (stage) => assertCompiles(stage, oldest, 'module node16'),
  },
  {
    name: 'types: TypeScript 5.4, the oldest, as bundlers and as of old',
    run: (stage) => assertCompiles(stage, oldest, 'moduleResolution bundler', 'moduleResolution node10'),
  },
];
