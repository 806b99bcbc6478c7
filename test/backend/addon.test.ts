import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadAddon } from '../../lib/backend/addon.js';
import { BackendError } from '../../lib/core/errors.js';
import { packageRoot } from '../../lib/core/process/package-place.js';
import { temporaryFolder } from '../temporary-folder.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('GEMMNET_NATIVE', () => {
  it('names the binary', async () => {
    const path = join(await temporaryFolder(), 'elsewhere.node');
    copyFileSync(join(packageRoot() ?? '', 'build', 'Release', 'gemmnet.node'), path);
    vi.stubEnv('GEMMNET_NATIVE', path);
    expect(loadAddon().instructionSets()).toContain('baseline');
  });

  it('is refused where it names no binary, though there is one elsewhere', async () => {
    const folder = await temporaryFolder();
    writeFileSync(join(folder, 'text.node'), 'no binary');
    for (const [path, message] of [
      [folder, `expected the path of a gemmnet.node but received '${folder}'`],
      [join(folder, 'none.node'), `${join(folder, 'none.node')} cannot be loaded: Cannot find module`],
      [join(folder, 'text.node'), `${join(folder, 'text.node')} cannot be loaded: `],
    ] as const) {
      vi.stubEnv('GEMMNET_NATIVE', path);
      expect(loadAddon).toThrow(BackendError);
      expect(loadAddon).toThrow(`GEMMNET_NATIVE: ${message}`);
    }
  });
});
