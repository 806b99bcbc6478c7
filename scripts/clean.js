import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.js';

/** Without arguments everything that a build or a test leaves behind, node_modules apart. */
const products = /^(dist|build|build-.*|prebuilds|coverage)$/;

const names =
  process.argv.length > 2 ? process.argv.slice(2) : readdirSync(root).filter((name) => products.test(name));
for (const name of names) {
  if (!products.test(name)) throw new Error(`${name} is no build product`);
  rmSync(join(root, name), { recursive: true, force: true });
}
if (process.argv.length === 2) rmSync(join(root, 'native', 'build'), { recursive: true, force: true });
