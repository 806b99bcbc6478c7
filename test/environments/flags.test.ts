import { describe, expect, test } from 'vitest';
import { runModule, runNode } from './run-program.js';

const program = `
  import { pca } from 'gemmnet';
  const X = Array.from({ length: 20 }, (_, i) => [i, i * i % 7, Math.sin(i)]);
  const { components } = await pca(X, { numComponents: 2 });
  console.log(components.shape.join('×'));`;

const works = { status: 0, signal: null, stdout: '2×3\n' };

describe("worker threads in a process with Node's flag", () => {
  test.each([
    '--no-deprecation',
    '--no-warnings',
    '--max-old-space-size=4096',
    '--expose-gc',
    '--stack-size=2000',
    '--title=training',
    '--disable-proto=delete',
    '--frozen-intrinsics',
    '--icu-data-dir=/nowhere',
    '--unhandled-rejections=none',
    '--preserve-symlinks',
    '--secure-heap=65536',
    '--trace-uncaught',
    '--v8-pool-size=2',
    '--zero-fill-buffers',
  ])('%s', async (flag) => {
    expect(await runModule(program, [flag, '--no-warnings'])).toMatchObject(works);
  });

  test('--experimental-default-type=module', async ({ skip }) => {
    if (!process.allowedNodeEnvironmentFlags.has('--experimental-default-type')) skip('Node has it no more');
    const flags = ['--experimental-default-type=module', '--no-warnings', '--eval', program];
    expect(await runNode(flags)).toMatchObject(works);
  });

  test('--input-type in NODE_OPTIONS', async () => {
    const env = { ...process.env, NODE_OPTIONS: '--input-type=module --max-old-space-size=4096' };
    expect(await runNode(['--eval', program], { env })).toMatchObject(works);
  });

  test('--print', async () => {
    const text = `import('gemmnet').then(async ({ pca }) => console.log((await pca([[1, 2], [3, 5], [4, 4]])).components.shape.join('×')))`;
    const { status, stdout } = await runNode(['--print', text]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('2×2\n') });
  });
});

test('worker threads load what the process has loaded beforehand', async () => {
  const flags = ['--import', 'data:text/javascript,console.log("loaded")'];
  const { status, stdout } = await runModule(program, flags);
  expect(status).toBe(0);
  expect(stdout.split('\n').filter((line) => line === 'loaded').length).toBeGreaterThan(1);
});
