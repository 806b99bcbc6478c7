import { bundlers } from '../test/tools/bundlers.js';
import { compilers } from '../test/tools/compilers.js';
import { executables } from '../test/tools/executables.js';
import { node } from '../test/tools/node.js';
import { runtimes } from '../test/tools/runtimes.js';
import { installTools, Stage } from '../test/tools/stage.js';
import { testRunners } from '../test/tools/test-runners.js';

/** Those that need no tool but the checkout's come first: the others are being installed. */
const checks = [...node, ...compilers, ...bundlers, ...testRunners, ...executables, ...runtimes];

/** How many checks run at a time. */
const atOnce = 2;

/**
 * Packs the package, installs it as a stranger would, and tries it in every tool.
 *
 * @param {readonly string[]} words `quick` for the short half; checks whose name has all of the others
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function testTools(words) {
  const quick = words.includes('quick');
  const wanted = words.filter((word) => word !== 'quick');
  const asked = checks.filter(
    (check) => (check.quick || !quick) && wanted.every((word) => check.name.includes(word)),
  );
  const counts = { passed: 0, failed: 0 };
  const stage = new Stage();
  try {
    const installed = installTools(quick);
    // Whoever waits for it reports the failure.
    installed.catch(() => {});
    await stage.prepare();
    const waiting = [...asked];
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
          const started = performance.now();
          let failure;
          try {
            if (check.tools !== false) await installed;
            await check.run(stage);
          } catch (error) {
            failure = error;
          }
          const seconds = ((performance.now() - started) / 1000).toFixed(1);
          console.log(`${failure === undefined ? 'ok    ' : 'FAILED'}  ${check.name} (${seconds} s)`);
          if (failure !== undefined) console.error(failure);
          counts[failure === undefined ? 'passed' : 'failed'] += 1;
        }
      }),
    );
  } finally {
    stage.remove();
  }
  return counts;
}

if (process.argv[1] === import.meta.filename) {
  const { passed, failed } = await testTools(process.argv.slice(2));
  console.log(`\ntool tests: ${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}
