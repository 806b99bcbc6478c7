import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What the TypeScript compiler complains about. */
function complaints(...args: string[]): string {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, ...args], { encoding: 'utf8' });
  return `${stdout}${stderr}`;
}

test('a user’s program compiles against the declarations, whatever its strictness and lib', async () => {
  const folder = await temporaryFolder();
  const installed = join(folder, 'node_modules', 'gemmnet');
  await mkdir(installed, { recursive: true });
  const { name, version, type, exports } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  ) as object & Record<string, unknown>;
  await writeFile(join(installed, 'package.json'), JSON.stringify({ name, version, type, exports }));
  const outDir = join(installed, 'dist');
  expect(
    complaints(
      '-p',
      join(root, 'tsconfig.build.json'),
      '--emitDeclarationOnly',
      '--noCheck',
      '--outDir',
      outDir,
    ),
  ).toBe('');

  await copyFile(join(root, 'test/types/consumer.ts'), join(folder, 'consumer.ts'));
  const strictest = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noImplicitOverride: true,
    skipLibCheck: false,
    noEmit: true,
    typeRoots: [join(root, 'node_modules', '@types')],
  };
  const environments: Readonly<Record<string, object>> = {
    bare: { lib: ['es2022'], types: [] },
    'Node and DOM': { lib: ['esnext', 'dom'], types: ['node'] },
  };
  for (const [environment, options] of Object.entries(environments)) {
    const config = { compilerOptions: { ...strictest, ...options }, files: ['consumer.ts'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    expect(complaints('-p', folder), environment).toBe('');
  }
});
