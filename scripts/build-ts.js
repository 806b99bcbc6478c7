import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from './bundle.js';
import { root, run } from './run.js';

const dist = join(root, 'dist');
const declarations = mkdtempSync(join(tmpdir(), 'gemmnet-types-'));
try {
  // Anew, so that no file whose source is gone gets packed.
  rmSync(dist, { recursive: true, force: true });
  if (run('tsc', ['-p', 'tsconfig.build.json', '--outDir', declarations])) {
    await bundle(dist, declarations);
    // The same types for whoever requires the package: TypeScript tells by the name what a file declares.
    copyFileSync(join(dist, 'index.d.ts'), join(dist, 'index.d.cts'));
    // npm does this when it installs the package; in the checkout, `npx gemmnet` needs it too.
    chmodSync(join(dist, 'cli', 'main.js'), 0o755);
  } else {
    process.exitCode = 1;
  }
} finally {
  rmSync(declarations, { recursive: true, force: true });
}
