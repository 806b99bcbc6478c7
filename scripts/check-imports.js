import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix, relative, sep } from 'node:path';
import { bundledPackages, libRules, nativeRules, nodeHeaders } from './import-rules.js';
import { root } from './run.js';

/** @typedef {{ file: string, line: number, rule: string }} Violation */
/** @typedef {{ target: string, line: number }} Import */

/**
 * The source with every comment and every template literal blanked out; lines keep their numbers.
 *
 * @param {string} source
 */
export function withoutComments(source) {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g;
  return source.replace(token, (text) =>
    text.startsWith('/') || text.startsWith('`') ? text.replace(/[^\n]/g, ' ') : text,
  );
}

/**
 * Static and dynamic imports, re-exports and require calls of a TypeScript or JavaScript source.
 *
 * @param {string} source
 * @returns {Import[]}
 */
export function importsOf(source) {
  const pattern =
    /\b(?:import|export)\s[^'";()]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*['"]([^'"]+)['"]|\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/g;
  return matches(withoutComments(source), pattern);
}

/**
 * The `#include` lines of a C++ source. A path in quotes keeps them off, one in angle brackets too.
 *
 * @param {string} source
 * @returns {Import[]}
 */
export function includesOf(source) {
  return matches(
    source.replace(/\/\*[\s\S]*?\*\//g, (text) => text.replace(/[^\n]/g, ' ')),
    /^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]/gm,
  );
}

/**
 * @param {string} text
 * @param {RegExp} pattern with one capturing group set in each match
 * @returns {Import[]}
 */
function matches(text, pattern) {
  return [...text.matchAll(pattern)].map((match) => {
    const target = match.slice(1).find((group) => group !== undefined) ?? '';
    // The line of the path itself: an import may begin lines above it.
    const end = match.index + match[0].length;
    return { target, line: text.slice(0, end).split('\n').length };
  });
}

/**
 * @param {string} directory with lib/ and package.json in it
 * @returns {{ files: number, violations: Violation[] }}
 */
export function checkLib(directory) {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const packages = [
    ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
    ...bundledPackages,
  ];
  const files = sourcesIn(join(directory, 'lib'), /\.[cm]?[jt]s$/);
  /** @type {Violation[]} */
  const violations = [];
  for (const path of files) {
    const room = path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
    const source = readFileSync(join(directory, 'lib', path), 'utf8');
    /** @param {number} line @param {string} rule */
    const report = (line, rule) => violations.push({ file: `lib/${path}`, line, rule });
    if (path === 'index.ts') checkIndex(source, report);
    const allowed = room === '' ? Object.keys(libRules) : libRules[room];
    if (allowed === undefined) {
      report(1, `lib/${room} is no room of lib/: name it in scripts/import-rules.js`);
      continue;
    }
    for (const { target, line } of importsOf(source)) {
      if (!target.startsWith('.')) {
        checkPackage(target, packages, (rule) => report(line, rule));
        continue;
      }
      const resolved = posix.join(posix.dirname(path), target);
      const other = resolved.slice(0, Math.max(0, resolved.indexOf('/')));
      if (resolved.startsWith('../')) {
        // Data files such as package.json are read, not imported.
        report(line, `imports ${target}: files of lib/ import nothing outside lib/`);
      } else if (other === '') {
        report(line, `imports ${target}: the files at the root of lib/ are imported by nobody`);
      } else if (other !== room && !allowed.includes(other)) {
        const may = allowed.length > 0 ? `only ${allowed.join(', ')}` : 'no other room';
        report(line, `imports ${target}: lib/${room} may import ${may}, not ${other}`);
      }
    }
  }
  return { files: files.length, violations };
}

/**
 * @param {string} source of lib/index.ts
 * @param {(line: number, rule: string) => void} report
 */
function checkIndex(source, report) {
  const text = withoutComments(source);
  const rest = text.replace(
    /\bexport\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*from\s*'[^']+'\s*;/g,
    (statement) => statement.replace(/[^\n]/g, ' '),
  );
  const at = rest.search(/\S/);
  if (at >= 0) report(rest.slice(0, at).split('\n').length, 'lib/index.ts holds `export … from` alone');
}

/**
 * @param {string} target
 * @param {readonly string[]} packages
 * @param {(rule: string) => void} report
 */
function checkPackage(target, packages, report) {
  if (target.startsWith('node:')) return;
  if (builtinModules.includes(target)) return report(`imports ${target}: write node:${target}`);
  const name = target.split('/', target.startsWith('@') ? 2 : 1).join('/');
  if (!packages.includes(name))
    report(`imports ${target}: ${name} is not among the dependencies in package.json`);
}

/**
 * @param {string} directory with native/ in it
 * @returns {{ files: number, violations: Violation[] }}
 */
export function checkNative(directory) {
  const native = join(directory, 'native');
  const files = sourcesIn(native, /\.(?:h|hpp|inc|inl|c|cc|cpp)$/).filter(
    (path) => !path.startsWith('build/'),
  );
  /** @type {Violation[]} */
  const violations = [];
  for (const path of files) {
    const room = path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
    /** @param {number} line @param {string} rule */
    const report = (line, rule) => violations.push({ file: `native/${path}`, line, rule });
    const allowed = nativeRules[room];
    if (allowed === undefined) {
      report(1, `native/${room} is no room of native/: name it in scripts/import-rules.js`);
      continue;
    }
    for (const { target, line } of includesOf(readFileSync(join(native, path), 'utf8'))) {
      if (nodeHeaders.test(target)) {
        if (room !== 'binding')
          report(line, `includes ${target}: native/binding is the only folder that knows Node`);
        continue;
      }
      const header = [posix.join(posix.dirname(path), target), target].find((name) =>
        existsSync(join(native, name)),
      );
      if (header === undefined || header.startsWith('..')) continue;
      const other = header.slice(0, Math.max(0, header.indexOf('/')));
      if (other !== room && !allowed.includes(other) && !allowed.includes(header)) {
        const may = allowed.length > 0 ? `only ${allowed.join(', ')}` : 'no other room';
        report(line, `includes ${target}: native/${room} may include ${may}, not ${header}`);
      }
    }
  }
  return { files: files.length, violations };
}

/**
 * @param {string} directory
 * @param {RegExp} pattern of the names wanted
 * @returns {string[]} paths below the directory, with slashes, sorted
 */
function sourcesIn(directory, pattern) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

if (process.argv[1] === import.meta.filename) {
  const lib = checkLib(root);
  const native = checkNative(root);
  const violations = [...lib.violations, ...native.violations];
  for (const { file, line, rule } of violations) console.error(`${file}:${line}: ${rule}`);
  console.log(
    `check-imports: ${lib.files} files of lib/, ${native.files} of native/, ${violations.length} violations`,
  );
  if (violations.length > 0 || lib.files === 0 || native.files === 0) process.exitCode = 1;
}
