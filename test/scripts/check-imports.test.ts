import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkLib, checkNative, importsOf, includesOf } from '../../scripts/check-imports.js';

const folders: string[] = [];

/** A made-up checkout with these files. */
function checkout(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'gemmnet-imports-'));
  folders.push(folder);
  const all = { 'package.json': '{ "dependencies": { "node-gyp-build": "4.8.4" } }', ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** `file:line` of every violation of one file of lib/. */
function violationsOf(path: string, source: string): string[] {
  return checkLib(checkout({ [path]: source })).violations.map(({ file, line }) => `${file}:${line}`);
}

describe('importsOf', () => {
  it('finds every kind of import, with its line', () => {
    const source = [
      "import type { A } from './a.js';",
      "import './b.js';",
      'import {',
      '  c,',
      "} from './c.js';",
      "export * from './d.js';",
      "export { e } from './e.js';",
      "const f = await import('./f.js');",
      "const g = require('./g.js');",
      "type H = import('./h.js').H;",
    ].join('\n');
    expect(importsOf(source)).toEqual([
      { target: './a.js', line: 1 },
      { target: './b.js', line: 2 },
      { target: './c.js', line: 5 },
      { target: './d.js', line: 6 },
      { target: './e.js', line: 7 },
      { target: './f.js', line: 8 },
      { target: './g.js', line: 9 },
      { target: './h.js', line: 10 },
    ]);
  });

  it('reads neither comments nor template literals', () => {
    const source = [
      '/**',
      " * import { x } from '../models/model.js';",
      ' */',
      "// import '../cli/main.js';",
      "const url = 'https://example.org'; import('./a.js');",
      "const text = `import '../cli/main.js'`;",
    ].join('\n');
    expect(importsOf(source)).toEqual([{ target: './a.js', line: 5 }]);
  });
});

describe('includesOf', () => {
  it('finds both forms and skips comments', () => {
    const source =
      '// #include "a.h"\n#pragma once\n#include <vector>\n#  include "b.h"\n/*\n#include "c.h"\n*/\n';
    expect(includesOf(source)).toEqual([
      { target: 'vector', line: 3 },
      { target: 'b.h', line: 4 },
    ]);
  });
});

describe('checkLib', () => {
  it.each([
    ['lib/core/tensors/tensor.ts', "import { a } from './dtype.js';"],
    ['lib/core/tensors/tensor.ts', "import { readFile } from 'node:fs/promises';"],
    ['lib/ops/program.ts', "import { a } from '../core/dtype.js';"],
    ['lib/backend/native.ts', "import load from 'node-gyp-build';"],
    ['lib/backend/js/matmul.ts', "import { a } from '../../ops/program.js';"],
    ['lib/models/model.ts', "import { a } from '../io/safetensors.js';"],
    ['lib/train/solver.ts', "import { a } from '../models/model.js';"],
    ['lib/cli/main.ts', "import { a } from '../dashboard/server.js';"],
    [
      'lib/index.ts',
      "/** All. */\nexport * from './core/tensors/tensor.js';\nexport { type A, b } from './models/model.js';\n",
    ],
  ])('%s may: %s', (path, source) => {
    expect(violationsOf(path, source)).toEqual([]);
  });

  it.each([
    ['lib/core/tensors/tensor.ts', "import { a } from '../../ops/program.js';"],
    ['lib/core/tensors/tensor.ts', "import type { A } from '../../ops/program.js';"],
    ['lib/ops/program.ts', "import { a } from '../backend/backend.js';"],
    ['lib/nn/layers/linear.ts', "import { a } from '../../backend/index.js';"],
    ['lib/optim/update-rules.ts', "import { a } from '../nn/layer.js';"],
    ['lib/io/csv.ts', "import { a } from '../data/split.js';"],
    ['lib/models/model.ts', "import { a } from '../train/solver.js';"],
    ['lib/dashboard/server.ts', "import { a } from '../cli/main.js';"],
    ['lib/cli/main.ts', "import { a } from '../index.js';"],
    ['lib/cli/main.ts', "import a from '../../package.json';"],
    ['lib/core/tensors/tensor.ts', "import { a } from 'vitest';"],
    ['lib/core/tensors/tensor.ts', "import fs from 'fs';"],
    ['lib/somewhere/a.ts', 'export const a = 1;'],
    ['lib/index.ts', 'export const a = 1;'],
  ])('%s may not: %s', (path, source) => {
    expect(violationsOf(path, source)).toEqual([`${path}:1`]);
  });

  it('lets lib import peer dependencies, as what is looked for when it is needed', () => {
    const manifest = '{ "peerDependencies": { "h5wasm": "1" } }';
    const source = "const h5 = await import('h5wasm');";
    expect(checkLib(checkout({ 'package.json': manifest, 'lib/io/a.ts': source })).violations).toEqual([]);
    expect(violationsOf('lib/io/a.ts', source)).toEqual(['lib/io/a.ts:1']);
  });

  it('names the rule', () => {
    const { violations } = checkLib(checkout({ 'lib/nn/a.ts': "\nimport '../backend/index.js';\n" }));
    const rule = 'imports ../backend/index.js: lib/nn may import only core, ops, not backend';
    expect(violations).toEqual([{ file: 'lib/nn/a.ts', line: 2, rule }]);
  });
});

describe('checkNative', () => {
  const tree = {
    'native/simd/vec.h': '',
    'native/kernels/table.h': '',
    'native/kernels/gemm.h': '#include "../simd/vec.h"\n#include <cmath>\n',
    'native/isa/avx2.cpp': '#include "../kernels/gemm.h"\n',
    'native/engine/trainer.h': '#include "../kernels/table.h"\n',
    'native/binding/addon.cpp': '#include <napi.h>\n#include "../engine/trainer.h"\n',
    'native/test/gemm.test.cpp': '#include <doctest/doctest.h>\n#include "../kernels/gemm.h"\n',
  };

  it('accepts a tree that keeps to the rules', () => {
    expect(checkNative(checkout(tree))).toEqual({ files: 7, violations: [] });
  });

  it.each([
    ['native/simd/math.h', '#include "../kernels/table.h"'],
    ['native/kernels/rows.h', '#include "../engine/trainer.h"'],
    ['native/engine/gemm.h', '#include "../kernels/gemm.h"'],
    ['native/engine/gemm.h', '#include "kernels/gemm.h"'],
    ['native/engine/gemm.h', '#include <node_api.h>'],
    ['native/engine/gemm.h', '#include "napi.h"'],
    ['native/binding/handle.cpp', '#include "../kernels/table.h"'],
    ['native/test/addon.test.cpp', '#include "../binding/addon.cpp"'],
    ['native/elsewhere/a.h', ''],
  ])('%s may not: %s', (path, source) => {
    const { violations } = checkNative(checkout({ ...tree, [path]: source }));
    expect(violations.map(({ file, line }) => `${file}:${line}`)).toEqual([`${path}:1`]);
  });
});
