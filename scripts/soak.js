import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundlePrograms } from '../test/environments/bundle.js';
import { capture, root, run } from './run.js';

const usage = `npm run soak -- [--workers 64] [--cycles 200] [--ending terminate|exit|throw] [--runtime node] [--asan]

Worker threads that train in every way are ended amid it, while others train on. --cycles for each of --workers, which run side by side;
without --ending all three. --runtime: the program that runs them, so also bun or "deno run -A". --asan: with a binary under
AddressSanitizer, built in build-asan.`;

const endings = ['terminate', 'exit', 'throw'];

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '64' },
    cycles: { type: 'string', default: '200' },
    ending: { type: 'string', multiple: true, default: endings },
    runtime: { type: 'string', default: process.execPath },
    asan: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(usage);
} else {
  const program = await bundlePrograms();
  const env = { ...process.env, GEMMNET_BACKEND: 'native', ...(values.asan ? sanitizer() : {}) };
  const total = Number(values.workers) * Number(values.cycles);
  const [command = '', ...args] = values.runtime.split(' ');
  for (const ending of values.ending) {
    const started = performance.now();
    const options = ['--ending', ending, '--cycles', String(total), '--workers', values.workers];
    const { status, signal } = spawnSync(command, [...args, program, ...options], {
      cwd: root,
      env,
      stdio: 'inherit',
    });
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    const well = status === 0;
    console.log(
      `${ending}: ${total} cycles, ${well ? '0 aborts' : `ended with ${signal ?? status}`} (${seconds} s)`,
    );
    if (!well) process.exitCode = 1;
  }
}

/**
 * Builds the addon under AddressSanitizer.
 *
 * @returns {NodeJS.ProcessEnv} the variables that make Node load it, and the sanitizer before all else
 */
function sanitizer() {
  const folder = join(root, 'build-asan');
  const built = run('cmake-js', [
    'compile',
    '--out',
    join(folder, 'build'),
    '--config',
    'RelWithDebInfo',
    '--CDGEMMNET_SANITIZE=address',
    `--CDCMAKE_LIBRARY_OUTPUT_DIRECTORY=${join(folder, 'build', 'Release')}`,
  ]);
  if (!built) process.exit(1);
  const runtimes = ['libasan.so', 'libubsan.so', 'libstdc++.so.6'];
  return {
    GEMMNET_NATIVE: join(folder, 'build', 'Release', 'gemmnet.node'),
    LD_PRELOAD: runtimes.map((name) => capture('c++', [`-print-file-name=${name}`]).trim()).join(' '),
    // Node itself leaves memory behind, and V8 handles its own stacks.
    ASAN_OPTIONS: 'detect_leaks=0:detect_stack_use_after_return=0',
  };
}
