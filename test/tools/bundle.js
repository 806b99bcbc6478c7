// Bundles programs/everything.mjs, in the project that is the working directory: node bundle.js TOOL FORMAT FOLDER [external]. Whatever a
// bundler has to warn of is printed, and nothing else.
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { requireTool, succeed, toolPath } from './stage.js';

const entry = './everything.mjs';

/**
 * @typedef {object} Task
 * @property {'esm' | 'cjs'} format
 * @property {string} folder
 * @property {string} name of the file
 * @property {string[]} external
 */

/** @param {string} name */
const importTool = (name) => import(pathToFileURL(requireTool.resolve(name)).href);

/** @type {Readonly<Record<string, (task: Task) => Promise<unknown>>>} */
const tools = {
  esbuild: ({ format, folder, name, external }) =>
    requireTool('esbuild').build({
      entryPoints: [entry],
      bundle: true,
      platform: 'node',
      minify: true,
      format,
      outfile: join(folder, name),
      external,
    }),

  webpack: ({ format, folder, name, external }) =>
    new Promise((resolve, reject) => {
      const esm = format === 'esm';
      const config = {
        mode: 'production',
        target: 'node20',
        entry,
        externals: external.map((each) => ({ [each]: `${esm ? 'module' : 'commonjs'} ${each}` })),
        output: { path: join(process.cwd(), folder), filename: name, module: esm },
        experiments: { outputModule: esm },
        // It takes longest by far, and esbuild's check tries it.
        optimization: { minimize: false },
      };
      requireTool('webpack')(config, (/** @type {Error | null} */ error, /** @type {any} */ stats) => {
        if (error) return reject(error);
        const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
        for (const { message } of [...errors, ...warnings]) console.log(message);
        return resolve(undefined);
      });
    }),

  async rollup({ format, folder, name, external }) {
    const bundle = await requireTool('rollup').rollup({
      input: entry,
      external,
      plugins: [
        requireTool('@rollup/plugin-node-resolve').default({ preferBuiltins: true }),
        requireTool('@rollup/plugin-commonjs').default(),
      ],
      onwarn: (/** @type {{ message: string }} */ { message }) => console.log(message),
    });
    await bundle.write(output(format, folder, name));
  },

  async rolldown({ format, folder, name, external }) {
    const { rolldown } = await import('rolldown');
    const bundle = await rolldown({ input: entry, external, platform: 'node' });
    await bundle.write(output(format, folder, name));
  },

  async vite({ folder, name, external }) {
    const { build } = await importTool('vite');
    await build({
      configFile: false,
      logLevel: 'warn',
      ssr: { noExternal: external.length === 0 ? true : [], external },
      build: { ssr: entry, outDir: folder, rollupOptions: { output: output('esm', folder, name) } },
    });
  },

  async ncc({ format, folder, name, external }) {
    const options = external.flatMap((each) => ['--external', each]);
    const program = format === 'esm' ? entry : './everything.cjs';
    if (format === 'cjs') {
      await requireTool('esbuild').build({ entryPoints: [entry], format, outfile: program });
    }
    const cli = toolPath('@vercel/ncc/dist/ncc/cli.js');
    const args = [cli, 'build', program, '--quiet', '-o', folder, ...options];
    process.stdout.write(await succeed(process.execPath, args, { cwd: process.cwd() }));
    renameSync(join(folder, `index.${format === 'esm' ? 'mjs' : 'cjs'}`), join(folder, name));
  },
};

/**
 * @param {'esm' | 'cjs'} format
 * @param {string} dir
 * @param {string} name
 */
function output(format, dir, name) {
  return {
    dir,
    format,
    entryFileNames: name,
    chunkFileNames: format === 'esm' ? '[name].mjs' : '[name].cjs',
  };
}

const [tool = '', format = '', folder = '', ...external] = process.argv.slice(2);
const isModule = format === 'esm';
await tools[tool]?.({
  format: isModule ? 'esm' : 'cjs',
  folder,
  name: isModule ? 'program.mjs' : 'program.cjs',
  external: external.length > 0 ? ['gemmnet'] : [],
});
