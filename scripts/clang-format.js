import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, root, run } from './run.js';

const native = join(root, 'native');
const sources = readdirSync(native, { recursive: true, encoding: 'utf8' }).filter(
  (path) => /\.(?:h|cpp)$/.test(path) && !path.startsWith('build'),
);
const args = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '--Werror'];

if (!isInstalled('clang-format')) {
  console.log('clang-format is not installed (Debian: clang-format): the C++ sources were not looked at');
} else if (!run('clang-format', [...args, ...sources.map((path) => join('native', path))])) {
  process.exitCode = 1;
}
