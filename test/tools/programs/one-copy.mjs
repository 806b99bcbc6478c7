// `require` and `import` of one process have the same classes, errors and native core.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as imported from 'gemmnet';

const required = createRequire(import.meta.url)('gemmnet');
const names = Object.keys(imported).filter((name) => name !== 'default');
assert.deepEqual(names.sort(), Object.keys(required).sort());
for (const name of names) assert.equal(Reflect.get(imported, name), required[name], name);

assert.ok(required.tensor([1]) instanceof imported.Tensor);
assert.throws(() => required.tensor('one'), imported.ArgumentError);
// Of what is loaded later, too.
await assert.rejects(required.loadImage('nowhere.png'), imported.ArgumentError);
await assert.rejects(imported.loadCsv('nowhere.csv'), required.ArgumentError);

required.configure({ backend: 'js' });
assert.equal(imported.backendInfo().backend, 'js');
imported.configure({ backend: 'native', threads: 1 });
assert.equal(required.backendInfo().threads, 1);
assert.equal(
  Object.keys(createRequire(import.meta.url).cache).filter((file) => file.endsWith('.node')).length,
  1,
);
