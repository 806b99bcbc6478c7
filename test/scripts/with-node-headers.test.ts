import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { headersBeside } from '../../scripts/with-node-headers.js';
import { temporaryFolder } from '../temporary-folder.js';

const header = '#define NODE_MAJOR_VERSION 20\n#define NODE_MINOR_VERSION 19\n#define NODE_PATCH_VERSION 5\n';

test('headers beside Node are taken where they are of its version', async () => {
  const folder = await temporaryFolder();
  const executable = join(folder, 'bin', 'node');
  expect(headersBeside(executable, '20.19.5')).toBeUndefined();
  mkdirSync(join(folder, 'include', 'node'), { recursive: true });
  writeFileSync(join(folder, 'include', 'node', 'node_version.h'), header);
  expect(headersBeside(executable, '20.19.5')).toBe(folder);
  expect(headersBeside(executable, '20.19.4')).toBeUndefined();
  expect(headersBeside(executable, '22.19.5')).toBeUndefined();
});
