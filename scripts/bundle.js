import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { esmExternalRequirePlugin } from 'rolldown/plugins';
import { dts } from 'rolldown-plugin-dts';
import { lazyExports } from './lazy-exports.js';
import { root } from './run.js';

/** @typedef {import('rolldown').RolldownOutput} Output */

const { version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const lib = (/** @type {string} */ path) => join(root, 'lib', path);

const command = lib('cli/main.ts');

/** The modules of worker threads. Each becomes a file that needs no other of the package, since bundlers copy it as it is. */
const workers = [
  'data/pca/eigen/eigen-worker.mts',
  'data/pictures/augmentation-worker.mts',
  'data/pictures/picture-worker.mts',
];

/**
 * The sources name the files of worker threads that there are, the build those that it makes.
 *
 * @type {import('rolldown').Plugin}
 */
const workerNames = {
  name: 'worker-names',
  transform: {
    filter: { code: /-worker\.mts'/ },
    handler: (code) => ({ code: code.replaceAll("-worker.mts'", "-worker.mjs'"), map: null }),
  },
};

/**
 * Packages in CommonJS require what Node has. In ES modules that becomes an import: a `createRequire(import.meta.url)` would not survive
 * other bundlers.
 */
const builtInRequires = esmExternalRequirePlugin({ external: [...builtinModules] });

/**
 * How the sources are bundled, here and for tests.
 *
 * @type {import('rolldown').InputOptions}
 */
export const sources = {
  cwd: root,
  platform: 'node',
  logLevel: 'warn',
  // Other packages are taken in: each is loaded with the reader, or the download, that needs it.
  external: [...Object.keys(dependencies), 'h5wasm'],
  transform: { define: { __GEMMNET_VERSION__: JSON.stringify(version) } },
  plugins: [workerNames, lazyExports(lib('index.ts'))],
};

/**
 * Makes of the sources
 * - `index.cjs`, which Node runs for `require` and, by way of `node.js`, for `import`: one copy, whoever asks;
 * - `index.js`, ES modules for other bundlers, whose parts the command runs;
 * - a file for each kind of worker thread;
 * - `index.d.ts`, all declarations.
 *
 * @param {string} dist where to
 * @param {string} declarations those that tsc made, in a folder
 */
export async function bundle(dist, declarations) {
  const common = await write(dist, { index: lib('index.ts') }, { format: 'cjs', exports: 'named' }, '.cjs');
  const modules = await write(
    dist,
    { index: lib('index.ts'), 'cli/main': command, benchmarks: lib('benchmarks.ts') },
    { format: 'esm' },
    '.js',
  );
  for (const worker of workers) {
    await write(dist, lib(worker), { format: 'esm', codeSplitting: false }, '.mjs');
  }
  const { exports } = common.output[0];
  writeFileSync(
    join(dist, 'node.js'),
    `import gemmnet from './index.cjs';\n\nexport const {\n${exports.map((name) => `  ${name},\n`).join('')}} = gemmnet;\n`,
  );
  writeFileSync(join(dist, 'LICENSES.md'), licences([common, modules]));
  const types = await rolldown({
    input: { index: join(declarations, 'index.d.ts') },
    plugins: [dts({ dtsInput: true, emitDtsOnly: true, tsconfig: false })],
  });
  await types.write({ dir: dist, format: 'esm' });
  // `bench/` alone reads them, in the checkout.
  writeFileSync(join(dist, 'benchmarks.d.ts'), "export * from '../lib/benchmarks.js';\n");
}

/**
 * The chunk of a module that is needed from the start: by the command for its help, or by whoever imports the package; and of what hands
 * Node's modules to packages in CommonJS. The rest is loaded when it is first called, and divided among chunks by the bundler.
 *
 * @param {string} module
 * @param {import('rolldown').ChunkingContext} context
 */
function partOf(module, context) {
  if (module.includes('esm-external-require')) return 'built-ins';
  // It runs when it is loaded, which only the command wants; and its chunk would wait for itself.
  if (module === command) return null;
  if (reached(command, context).has(module)) return 'core';
  return reached(lib('index.ts'), context).has(module) ? 'gemmnet' : null;
}

/**
 * The modules that a module imports, and theirs, except at some later time.
 *
 * @param {string} entry
 * @param {import('rolldown').ChunkingContext} context
 * @param {Set<string>} found
 */
function reached(entry, context, found = new Set()) {
  if (found.has(entry)) return found;
  found.add(entry);
  for (const id of context.getModuleInfo(entry)?.importedIds ?? []) reached(id, context, found);
  return found;
}

/**
 * @param {string} dir
 * @param {string | Record<string, string>} input
 * @param {import('rolldown').OutputOptions} options
 * @param {string} extension
 * @returns {Promise<Output>}
 */
async function write(dir, input, options, extension) {
  const { plugins } = sources;
  const bundle = await rolldown({
    ...sources,
    input,
    plugins: options.format === 'esm' ? [plugins, builtInRequires] : [plugins],
  });
  const names = `[name]${extension}`;
  return bundle.write({
    dir,
    // The sources are packed once, and not in each map.
    sourcemap: true,
    sourcemapExcludeSources: true,
    entryFileNames: names,
    chunkFileNames: ({ facadeModuleId }) => `${chunkName(facadeModuleId ?? '')}${extension}`,
    // The declarations have them; here they would be read at each start.
    comments: { jsdoc: false },
    // Opening a file takes as long as compiling many lines.
    codeSplitting: { groups: [{ debugName: 'needed from the start', name: partOf }] },
    ...options,
  });
}

/**
 * What is of another package has its name, and what a command does that of the command.
 *
 * @param {string} module which a chunk is made of, if it is of one
 */
function chunkName(module) {
  const [, name] =
    module.match(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/) ??
    module.match(/\/commands\/([^/]+)\/run\.ts$/) ??
    [];
  return name?.replace('/', '-') ?? '[name]';
}

/**
 * The licences of the packages that were taken in.
 *
 * @param {readonly Output[]} outputs
 */
function licences(outputs) {
  const folders = new Set(
    outputs
      .flatMap(({ output }) => output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : [])))
      .map((id) => id.match(/^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? '')
      .filter((folder) => folder !== ''),
  );
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no file with its licence`);
    return `## ${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return `# Packages that these files contain\n\n${texts.join('\n')}`;
}
