import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkAll } from './check.js';
import { root, run } from './run.js';
import { testNative } from './test-native.js';
import { testPackage } from './test-package.js';
import { testTools } from './test-tools.js';

/** @typedef {{ passed: number, failed: number, skipped?: number }} Counts */

/**
 * The TypeScript tests, on both backends.
 *
 * @returns {Counts}
 */
function testTypeScript() {
  const folder = mkdtempSync(join(tmpdir(), 'gemmnet-vitest-'));
  const report = join(folder, 'report.json');
  try {
    const ended = run('vitest', [
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ]);
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    // A test file that cannot be loaded fails the run without a failed test.
    const failed = numFailedTests === 0 && !ended ? 1 : numFailedTests;
    return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A build counts by its failure alone.
 *
 * @param {string} script
 * @returns {() => Counts}
 */
function npmRun(script) {
  return () => ({ passed: 0, failed: run('npm', ['run', script]) ? 0 : 1 });
}

/** @type {readonly { name: string, execute: () => Counts | Promise<Counts>, needed?: boolean }[]} */
const stages = [
  { name: 'build: TypeScript', execute: npmRun('build:ts'), needed: true },
  { name: 'build: C++', execute: npmRun('build:native'), needed: true },
  { name: 'checks', execute: checkAll },
  { name: 'TypeScript tests', execute: testTypeScript },
  { name: 'C++ tests', execute: testNative },
  { name: 'build: prebuilt binary', execute: npmRun('prebuild') },
  { name: 'package tests', execute: testPackage },
  { name: 'tools', execute: () => testTools(['quick']) },
];

if (!existsSync(join(root, 'node_modules')) && !run('npm', ['ci'])) process.exit(1);

// prebuildify has no option for how many processes node-gyp may start.
process.env.JOBS ??= '2';

const total = { passed: 0, failed: 0, skipped: 0 };
const lines = [];
for (const { name, execute, needed } of stages) {
  const started = performance.now();
  /** @type {Counts} */
  let counts;
  try {
    counts = await execute();
  } catch (error) {
    console.error(error);
    counts = { passed: 0, failed: 1 };
  }
  const { passed, failed, skipped = 0 } = counts;
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  lines.push(`${name.padEnd(24)} ${passed} passed, ${failed} failed, ${skipped} skipped (${seconds} s)`);
  if (needed && failed > 0) break;
}

console.log(`\n${lines.join('\n')}`);
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
);
if (total.failed > 0) process.exitCode = 1;
