import assert from 'node:assert/strict';
import { assertJavaScript, assertNative, execute, outcomes, toolPath } from './stage.js';

/** Node's permissions for the project alone. */
const permission = process.versions.node.startsWith('20.') ? '--experimental-permission' : '--permission';

/**
 * Runs programs/everything.mjs by a Node.
 *
 * @param {string} node
 * @param {string} cwd
 * @param {readonly string[]} flags
 */
const everything = (node, cwd, ...flags) =>
  outcomes(node, [...flags, 'everything.mjs', 'picture.jpg'], { cwd });

/**
 * @param {string} node
 * @param {string} flag
 * @param {string} cwd
 * @param {readonly string[]} more
 */
const confined = (node, flag, cwd, ...more) =>
  everything(node, cwd, flag, `--allow-fs-read=${cwd}`, `--allow-fs-write=${cwd}`, ...more);

/**
 * @param {string} node
 * @param {string} flag
 * @param {import('./stage.js').Stage} stage
 */
async function assertConfined(node, flag, stage) {
  const cwd = stage.project();
  const thread = /^StateError: pca: .*--allow-worker$/;
  assertJavaScript(
    await confined(node, flag, cwd),
    /under --permission, Node loads them with --allow-addons$/,
    {
      thread,
    },
  );
  assertNative(await confined(node, flag, cwd, '--allow-addons'), { thread });
  assertNative(await confined(node, flag, cwd, '--allow-addons', '--allow-worker'));
}

/**
 * What flags of Node take away, and versions of Node.
 *
 * @type {readonly import('./stage.js').Check[]}
 */
export const node = [
  {
    name: 'node: require and import are one copy',
    quick: true,
    tools: false,
    async run(stage) {
      const { code, stdout, stderr } = await execute(process.execPath, ['one-copy.mjs'], {
        cwd: stage.project(),
      });
      assert.equal(code, 0, stdout + stderr);
      assert.equal(stderr, '');
    },
  },
  {
    name: `node ${permission}`,
    quick: true,
    tools: false,
    run: (stage) => assertConfined(process.execPath, permission, stage),
  },
  {
    name: 'node --no-addons',
    quick: true,
    tools: false,
    async run(stage) {
      const cwd = stage.project();
      const got = await everything(process.execPath, cwd, '--no-addons');
      assert.ok(typeof got.backend !== 'string');
      assert.equal(got.backend.nativeError, 'native backend: addons are switched off, by --no-addons');
      // Whoever says so knows what computes then.
      assertNative({ ...got, backend: 'native' });
      assert.equal(got.backend.backend, 'js');
      const named = await outcomes(process.execPath, ['--no-addons', 'everything.mjs', 'picture.jpg'], {
        cwd,
        env: { GEMMNET_NATIVE: stage.binary },
      });
      assert.match(
        String(named.backend),
        /^BackendError: GEMMNET_NATIVE: .* cannot be loaded: addons are switched off/,
      );
    },
  },
  {
    name: 'node -C module',
    quick: true,
    tools: false,
    async run(stage) {
      assertNative(await everything(process.execPath, stage.project(), '-C', 'module'));
    },
  },
  ...['20.19', '22', '24'].map((version) => ({
    name: `node ${version}`,
    async run(/** @type {import('./stage.js').Stage} */ stage) {
      const node = toolPath(`node-${version}/bin/node`);
      const flag = version === '20.19' ? '--experimental-permission' : '--permission';
      const cwd = stage.project();
      assertNative(await everything(node, cwd));
      await assertConfined(node, flag, stage);
      // Node 20.20 does not ask before it reads a binary.
      const { training } = await outcomes(
        node,
        [flag, `--allow-fs-read=${cwd}`, '--allow-addons', 'everything.mjs', 'picture.jpg'],
        { cwd, env: { GEMMNET_NATIVE: stage.binary } },
      );
      assert.match(
        training,
        /^BackendError: GEMMNET_NATIVE: .*; under --permission, allow it with --allow-fs-read=/,
      );
    },
  })),
  {
    name: 'node 22.11, which does not require ES modules',
    async run(stage) {
      const node = toolPath('node-22.11/bin/node');
      const cwd = stage.project();
      assertNative(await everything(node, cwd));
      const { code, stdout, stderr } = await execute(node, ['one-copy.mjs'], { cwd });
      assert.equal(code, 0, stdout + stderr);
    },
  },
];
