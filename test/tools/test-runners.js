import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/run.js';
import { execute, toolPath } from './stage.js';

/** How many tests programs/learning.cjs has. */
const count = 4;

/**
 * @param {string} cwd
 * @returns {string} programs/learning.cjs as an ES module
 */
function asModule(cwd) {
  const text = readFileSync(join(cwd, 'learning.cjs'), 'utf8')
    .replaceAll(/^const (\{.*\}) = require\((.*)\);$/gm, 'import $1 from $2;')
    .replaceAll(/^const (\w+) = require\((.*)\);$/gm, 'import * as $1 from $2;');
  assert.doesNotMatch(text, /require/);
  writeFileSync(join(cwd, 'learning.mjs'), text);
  return 'learning.mjs';
}

/**
 * @param {string} cwd
 * @param {readonly string[]} args of Node
 */
async function assertPasses(cwd, ...args) {
  const { code, stdout, stderr } = await execute(process.execPath, args, { cwd });
  const said = stdout + stderr;
  assert.equal(code, 0, said);
  assert.match(said, new RegExp(`Tests:? +${count} passed`), said);
  assert.doesNotMatch(said, /GemmnetWarning/);
}

/**
 * @param {string} cwd
 * @param {string} file
 * @param {readonly string[]} flags of Node
 */
const jest = (cwd, file, ...flags) =>
  assertPasses(
    cwd,
    ...flags,
    toolPath('jest/bin/jest.js'),
    `--rootDir=${cwd}`,
    `--testMatch=**/${file}`,
    '--testEnvironment=node',
    '--no-cache',
  );

/** @type {readonly import('./stage.js').Check[]} */
export const testRunners = [
  {
    name: 'test runner: Jest, CommonJS',
    quick: true,
    run: (stage) => jest(stage.project(), 'learning.cjs'),
  },
  {
    name: 'test runner: Jest, ES modules',
    async run(stage) {
      const cwd = stage.project();
      await jest(cwd, asModule(cwd), '--experimental-vm-modules');
    },
  },
  ...['threads', 'forks', 'vmThreads'].map((pool) => ({
    name: `test runner: vitest, ${pool}`,
    tools: false,
    async run(/** @type {import('./stage.js').Stage} */ stage) {
      const cwd = stage.project();
      const config = { test: { globals: true, include: [asModule(cwd)], pool } };
      writeFileSync(join(cwd, 'vitest.config.mjs'), `export default ${JSON.stringify(config)};\n`);
      const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
      await assertPasses(cwd, vitest, 'run', '--no-color');
    },
  })),
];
