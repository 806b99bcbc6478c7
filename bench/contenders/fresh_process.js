import { spawnSync } from 'node:child_process';
import { serve } from './serve.js';

/**
 * What it takes until a package can be used, each time in a process of its own:
 *
 *     node fresh_process.js VERSION CODE    CODE: statements of a module
 */
const [version = '', code = ''] = process.argv.slice(2);

// Measured from before the first import: Node has started by then.
const program = `const started = performance.now();
${code}
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, bytes: process.memoryUsage.rss() }));`;

function once() {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1) ?? `exit code ${status}`);
  return /** @type {{ seconds: number, bytes: number }} */ (
    JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  );
}

/** @param {'seconds' | 'bytes'} what */
const workload = (what) => ({
  /** @param {number} count */
  run(count) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += once()[what];
    return { [what]: sum };
  },
});

// A package that is missing is found out before anything is timed.
once();
await serve(version, { import: () => workload('seconds'), memory: () => workload('bytes') });
