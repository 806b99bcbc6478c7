// What an import of the package loads, one file a line.
import { createRequire } from 'node:module';
import 'gemmnet';

const { cache } = createRequire(import.meta.url);
console.log(['node_modules/gemmnet/dist/node.js', ...Object.keys(cache)].join('\n'));
