import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, root, run } from './run.js';

const sources = ['native', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:h|c|cpp)$/.test(path) && !/^build|\bnode_modules\b/.test(path))
    .map((path) => join(folder, path)),
);
const args = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '--Werror'];

if (!isInstalled('clang-format')) {
  console.log('clang-format is not installed (Debian: clang-format): the C++ sources were not looked at');
} else if (!run('clang-format', [...args, ...sources])) {
  process.exitCode = 1;
}
