/**
 * What few programs use lies in files of its own, which the package loads when it is first called: readers of files, downloads, PCA. Only
 * what answers by a promise can wait so, and only what need not look at its arguments' memory at once: what writes a file keeps what was
 * there at the call.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const lazy = {
  './data/download/fetch.js': ['fetchDataSet'],
  './data/pca/pca.js': ['pca'],
  './data/pictures/image-folder.js': ['loadImageFolder'],
  './data/sets/mnist.js': ['loadMnist'],
  './io/arrays/idx.js': ['loadIdx'],
  './io/arrays/mat.js': ['loadMat'],
  './io/csv/csv.js': ['loadCsv'],
  './io/pickle/pickle.js': ['loadPickle'],
  './io/pictures/load-image.js': ['loadImage'],
  './interchange/keras-weights.js': ['loadKerasWeights'],
  './interchange/sklearn-weights.js': ['loadSklearnWeights'],
};

/** The names of all of them. */
export const lazyNames = Object.values(lazy).flat();

/**
 * In the bundle, each of these exports of `index.ts` loads its module and calls it; whoever works with the sources sees nothing of it.
 *
 * @param {string} index the file
 * @returns {import('rolldown').Plugin}
 */
export function lazyExports(index) {
  return {
    name: 'lazy-exports',
    transform: {
      filter: { id: index },
      handler(code) {
        let eager = code;
        const calls = [];
        for (const [file, names] of Object.entries(lazy)) {
          for (const name of names) {
            eager = withoutExport(eager, name, file);
            calls.push(
              `export async function ${name}(...args) {\n  return (await import('${file}')).${name}(...args);\n}`,
            );
          }
        }
        return { code: `${eager}\n${calls.join('\n')}\n`, map: null };
      },
    },
  };
}

/**
 * @param {string} code
 * @param {string} name
 * @param {string} file
 */
function withoutExport(code, name, file) {
  const lines = new RegExp(`export \\{([^}]*)\\} from '${file.replaceAll('.', '\\.')}';`);
  const names = code.match(lines)?.[1]?.split(',') ?? [];
  const rest = names.filter((each) => each.trim() !== name);
  if (rest.length !== names.length - 1) throw new Error(`index.ts does not export ${name} from ${file}`);
  return code.replace(
    lines,
    rest.every((each) => each.trim() === '') ? '' : `export {${rest.join(',')}} from '${file}';`,
  );
}
