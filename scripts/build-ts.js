import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.js';

// Anew, so that no file whose source is gone gets packed.
rmSync(join(root, 'dist'), { recursive: true, force: true });
if (!run('tsc', ['-p', 'tsconfig.build.json'])) process.exitCode = 1;

// npm does this when it installs the package; in the checkout, `npx gemmnet` needs it too.
const command = join(root, 'dist', 'cli', 'main.js');
if (existsSync(command)) chmodSync(command, 0o755);
