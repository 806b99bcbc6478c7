import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.js';

/**
 * What `npm run test:quick` leaves to `npm test`, and why: each takes longer than all that it keeps, or asks for what a change seldom
 * touches.
 *
 * @type {readonly { files: string, what: string }[]}
 */
const leftOut = [
  { files: 'test/hostile/**', what: 'the attacks on parsers' },
  { files: 'test/real-data/**', what: 'trainings on MNIST and CIFAR-10' },
  { files: 'test/environments/**', what: 'environments that end amid their work' },
  { files: 'test/examples/**', what: 'the examples' },
  { files: 'test/scripts/**', what: 'the tests of the scripts' },
  { files: 'test/types/**', what: "the compilation of a user's program" },
];

/** @type {readonly [command: string, ...args: string[]][]} */
const steps = [
  ['npm', 'run', 'build:ts'],
  existsSync(join(root, 'build', 'Makefile'))
    ? ['node-gyp', 'build', '-j', '2']
    : ['npm', 'run', 'build:native'],
  ['tsc', '--noEmit', '-p', '.'],
  ['biome', 'check', '--error-on-warnings', '.'],
  ['node', 'scripts/check-imports.js'],
  [
    'vitest',
    'run',
    // Where both backends compute the same test, the native one does; the conformance suite runs on both.
    '--project=plain',
    '--project=native',
    ...leftOut.map(({ files }) => `--exclude=${files}`),
  ],
];

const started = performance.now();
const failed = steps.find(([command, ...args]) => !run(command, args));
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(
  [
    '',
    failed === undefined ? `passed in ${seconds} s` : `failed: ${failed.join(' ')}`,
    'Left out (npm test runs it all):',
    ...leftOut.map(({ files, what }) => `  ${what} (${files})`),
    "  the computing tests on the JavaScript backend (vitest's project js), and those in a vm context (project vm)",
    '  the C++ tests and sanitizers, C++ format, weak symbols, package metadata, the packed package',
  ].join('\n'),
);
if (failed !== undefined) process.exitCode = 1;
