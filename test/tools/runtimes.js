import { chmodSync } from 'node:fs';
import { assertJavaScript, assertNative, outcomes, toolPath } from './stage.js';

/** Installed without its script, the binary may not be executable. */
function deno() {
  const path = toolPath('@deno/linux-x64-glibc/deno');
  chmodSync(path, 0o755);
  return path;
}

function bun() {
  const path = toolPath('@oven/bun-linux-x64/bin/bun');
  chmodSync(path, 0o755);
  return path;
}

/** @type {readonly import('./stage.js').Check[]} */
export const runtimes = [
  {
    name: 'runtime: Deno that may do anything',
    async run(stage) {
      assertNative(
        await outcomes(deno(), ['run', '-A', 'everything.mjs', 'picture.jpg'], { cwd: stage.project() }),
      );
    },
  },
  {
    name: 'runtime: Deno that may read the project',
    async run(stage) {
      const cwd = stage.project();
      const run = (/** @type {string[]} */ ...allowed) =>
        outcomes(
          deno(),
          ['run', '--no-prompt', `--allow-read=${cwd}`, ...allowed, 'everything.mjs', 'picture.jpg'],
          { cwd },
        );
      assertJavaScript(await run(), /Requires ffi access .* --allow-ffi/);
      assertNative(await run(`--allow-ffi=${cwd}`));
    },
  },
  {
    name: 'runtime: Bun',
    async run(stage) {
      assertNative(await outcomes(bun(), ['everything.mjs', 'picture.jpg'], { cwd: stage.project() }));
    },
  },
];
