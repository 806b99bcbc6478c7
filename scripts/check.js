import { run } from './run.js';

/** Everything that is checked without running the code: name, command. `npm run check` needs a build for the last three. */
export const checks = [
  { name: 'types', command: ['tsc', '--noEmit', '-p', '.'] },
  { name: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'C++ format', command: ['node', 'scripts/clang-format.js'] },
  { name: 'import directions', command: ['node', 'scripts/check-imports.js'] },
  { name: 'weak symbols', command: ['node', 'scripts/check-symbols.js'] },
  { name: 'package metadata', command: ['publint', '--strict'] },
];

/**
 * Runs them all, whatever fails.
 *
 * @returns {{ passed: number, failed: number }}
 */
export function checkAll() {
  const failures = checks
    .filter(({ command: [program = '', ...args] }) => !run(program, args))
    .map(({ name }) => name);
  for (const name of failures) console.error(`check failed: ${name}`);
  return { passed: checks.length - failures.length, failed: failures.length };
}

if (process.argv[1] === import.meta.filename) {
  const { passed, failed } = checkAll();
  console.log(`\nchecks: ${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}
