import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, root, run } from './run.js';

/**
 * @typedef {object} Variant
 * @property {string} name
 * @property {string} sanitize
 * @property {readonly string[]} [definitions] for CMake
 * @property {boolean} [onRequest] whether it runs only where it is asked for
 */

/**
 * The C++ unit tests are built and run three times: plain, and under the two kinds of sanitizers. On request a fourth time, with NEON
 * on an emulated CPU, for which Debian's g++-aarch64-linux-gnu and qemu-user have to be installed.
 *
 * @type {readonly Variant[]}
 */
const variants = [
  { name: 'plain', sanitize: 'none' },
  { name: 'asan', sanitize: 'address' },
  { name: 'tsan', sanitize: 'thread' },
  {
    name: 'arm64',
    sanitize: 'none',
    definitions: [
      '-DCMAKE_SYSTEM_NAME=Linux',
      '-DCMAKE_SYSTEM_PROCESSOR=aarch64',
      '-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++',
      '-DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64',
      '-DCMAKE_EXE_LINKER_FLAGS=-static',
    ],
    onRequest: true,
  },
];

/**
 * The test cases that doctest says it ran, from a JUnit report of ctest. An entry of ctest is one suite; doctest ends well when a suite's
 * name fits no test case, and ctest then calls that passed, so an entry that ran nothing counts as a failure here, as does one that
 * never came to its closing line.
 *
 * @param {string} report
 * @returns {{ passed: number, failed: number, problems: string[] }}
 */
export function countsOfJunit(report) {
  const counts = { passed: 0, failed: 0, problems: /** @type {string[]} */ ([]) };
  for (const [entry] of report.matchAll(/<testcase\b[\s\S]*?<\/testcase>|<testcase\b[^>]*\/>/g)) {
    const name = /\bname="([^"]*)"/.exec(entry)?.[1] ?? '';
    const closing = /\[doctest\] test cases:\s*(\d+) \|\s*(\d+) passed \|\s*(\d+) failed/.exec(entry);
    const [ran = 0, passed = 0, failed = 0] = closing?.slice(1).map(Number) ?? [];
    counts.passed += passed;
    counts.failed += failed;
    let problem = '';
    if (closing === null) problem = 'never came to its closing line';
    else if (ran === 0) problem = 'ran no test case';
    // A sanitizer's report at exit fails the run after doctest counted.
    else if (failed === 0 && !/\bstatus="run"/.test(entry))
      problem = 'failed after its test cases had passed';
    if (problem !== '') {
      counts.failed += 1;
      counts.problems.push(`${name} ${problem}`);
    }
  }
  if (counts.passed + counts.failed === 0) throw new Error('the JUnit report of ctest holds no test');
  return counts;
}

/**
 * Configures, builds and runs one variant. A variant that cannot be built, or that has no tests, counts as one failure.
 *
 * @param {Variant} variant
 */
function testVariant({ name, sanitize, definitions: own = [] }) {
  const build = join(root, 'build-native', name);
  const report = join(build, 'junit.xml');
  const failure = { passed: 0, failed: 1 };
  mkdirSync(build, { recursive: true });
  rmSync(report, { force: true });
  const definitions = [
    '-DGEMMNET_TESTS=ON',
    `-DGEMMNET_SANITIZE=${sanitize}`,
    // A sanitizer names lines; nobody else asks for debug information, which takes time to make.
    `-DCMAKE_BUILD_TYPE=${sanitize === 'none' ? 'Release' : 'RelWithDebInfo'}`,
    ...own,
  ];
  if (!run('cmake', ['-S', root, '-B', build, ...definitions])) return failure;
  if (!run('cmake', ['--build', build, '--parallel', '2'])) return failure;
  const test = [
    'ctest',
    '--test-dir',
    build,
    '--parallel',
    '2',
    '--no-tests=error',
    '--output-on-failure',
    '--output-junit',
    report,
  ];
  // Else ctest cuts the output, and doctest's closing line with it.
  test.push('--test-output-size-passed', '1000000', '--test-output-size-failed', '1000000');
  // ThreadSanitizer needs its part of the address space free; newer kernels randomize more bits than GCC 12's expects.
  const command =
    sanitize === 'thread' && isInstalled('setarch') ? ['setarch', '--addr-no-randomize', ...test] : test;
  const ended = run(command[0] ?? '', command.slice(1));
  try {
    const { passed, failed, problems } = countsOfJunit(readFileSync(report, 'utf8'));
    for (const problem of problems) console.error(`C++ tests, ${name}: ${problem}`);
    return { passed, failed: failed === 0 && !ended ? 1 : failed };
  } catch (error) {
    console.error(error);
    return failure;
  }
}

/**
 * @param {readonly string[]} [names] of the variants wanted: plain, asan, tsan, arm64; default: the first three
 * @returns {{ passed: number, failed: number }}
 */
export function testNative(names = variants.flatMap(({ name, onRequest }) => (onRequest ? [] : [name]))) {
  const total = { passed: 0, failed: 0 };
  for (const name of names) {
    const variant = variants.find((candidate) => candidate.name === name);
    if (variant === undefined) throw new Error(`expected plain, asan, tsan or arm64 but received ${name}`);
    const { passed, failed } = testVariant(variant);
    total.passed += passed;
    total.failed += failed;
  }
  return total;
}

if (process.argv[1] === import.meta.filename) {
  const { passed, failed } = testNative(process.argv.length > 2 ? process.argv.slice(2) : undefined);
  console.log(`\nnative tests: ${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}
