import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/run.js';
import { leftBehind, noBinary } from './bundlers.js';
import { assertJavaScript, assertNative, outcomes, succeed, toolPath } from './stage.js';

/**
 * Programs of one file, that need no Node.
 *
 * @param {import('./stage.js').Stage} stage
 * @param {string} cwd its project
 * @param {string} program
 */
async function assertExecutable(stage, cwd, program) {
  const run = (/** @type {Record<string, string>} */ env = {}) =>
    outcomes(program, [stage.picture], { cwd: join(program, '..'), env });
  rmSync(cwd, { recursive: true });
  assert.ok(existsSync(program));
  assertJavaScript(await run(), noBinary, leftBehind);
  assertNative(await run({ GEMMNET_NATIVE: stage.binary }), leftBehind);
}

/** @param {string} version */
const node = (version) => toolPath(`node-${version}/bin/node`);

/** @type {readonly import('./stage.js').Check[]} */
export const executables = [
  {
    name: 'executable: bun build --compile',
    async run(stage) {
      const cwd = stage.project();
      const program = join(stage.folder(), 'program');
      const bun = toolPath('@oven/bun-linux-x64/bin/bun');
      chmodSync(bun, 0o755);
      await succeed(bun, ['build', 'everything.mjs', '--compile', '--outfile', program], { cwd });
      await assertExecutable(stage, cwd, program);
    },
  },
  ...['20.19', '24'].map((version) => ({
    name: `executable: Node ${version}'s single executable application`,
    async run(/** @type {import('./stage.js').Stage} */ stage) {
      const cwd = stage.project();
      const bundle = join(root, 'test', 'tools', 'bundle.js');
      await succeed(process.execPath, [bundle, 'esbuild', 'cjs', 'bundle'], { cwd });
      writeFileSync(
        join(cwd, 'sea.json'),
        JSON.stringify({
          main: 'bundle/program.cjs',
          output: 'sea.blob',
          disableExperimentalSEAWarning: true,
        }),
      );
      await succeed(node(version), ['--experimental-sea-config', 'sea.json'], { cwd });
      const program = join(stage.folder(), 'program');
      copyFileSync(node(version), program);
      chmodSync(program, 0o755);
      const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
      const cli = toolPath('postject/dist/cli.js');
      await succeed(process.execPath, [cli, program, 'NODE_SEA_BLOB', 'sea.blob', '--sentinel-fuse', fuse], {
        cwd,
      });
      await assertExecutable(stage, cwd, program);
    },
  })),
];
