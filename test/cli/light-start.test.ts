import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importsOf, withoutComments } from '../../scripts/check-imports.js';

const lib = new URL('../../lib/', import.meta.url);

/** The modules that are loaded with one, itself among them, and what it imports later, by name. */
function loadedWith(entry: string): { readonly now: Set<string>; readonly later: Set<string> } {
  const [now, later] = [new Set<string>(), new Set<string>()];
  const visit = (url: URL): void => {
    const path = relative(fileURLToPath(lib), fileURLToPath(url));
    if (now.has(path)) return;
    now.add(path);
    const source = withoutComments(readFileSync(url, 'utf8'));
    const values = source.replace(/^(import|export) type [^;]*;/gm, '');
    const lazy = [...values.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)].map((match) => match[1]!);
    for (const { target } of importsOf(values.replace(/\bimport\([^)]*\)/g, ''))) {
      if (target.startsWith('.')) visit(new URL(target.replace(/\.js$/, '.ts'), url));
    }
    for (const target of lazy) later.add(relative(fileURLToPath(lib), fileURLToPath(new URL(target, url))));
  };
  visit(new URL(entry, lib));
  return { now, later };
}

describe('gemmnet --help and --version', () => {
  const { now, later } = loadedWith('cli/main.ts');

  it('load descriptions, and nothing that computes, reads or writes', () => {
    const outside = [...now].filter((path) => !/^(cli|core|plot)\//.test(path));
    expect(outside.toSorted()).toEqual([
      'data/download/manifest.ts',
      'ops/catalogue.ts',
      'ops/signature.ts',
      'optim/update-rules.ts',
    ]);
    expect([...now].filter((path) => /^cli\/.*(run|data-sets|use-machine)\.ts$/.test(path))).toEqual([]);
    expect(now).not.toContain('core/tensors/tensor.ts');
  });

  it('leave what each command does to an import that bundlers can follow', () => {
    const names = ['bench', 'data', 'info', 'predict', 'train'];
    expect([...later].toSorted()).toEqual(names.map((name) => `cli/commands/${name}/run.js`));
  });
});
