import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cacheFolder } from 'gemmnet';

/**
 * The options of the examples: `--toy` (no real data), `--quick` (a tenth of the steps, to see it work), `--data DIR` (the folder
 * with `mnist/` and `cifar10/`; else GEMMNET_DATA, else where `gemmnet data fetch` puts them, else ../shared/datasets beside the checkout), `--epochs N` where there are epochs and `--out DIR` where files are written.
 */
const { values } = parseArgs({
  options: {
    toy: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    data: { type: 'string' },
    epochs: { type: 'string' },
    out: { type: 'string' },
  },
});

/** Whether to run a tenth of the steps only; the figures are not the courses' then. */
export const quick = values.quick;

/**
 * @param {number} usual
 * @returns {number} how many epochs to train
 */
export function epochs(usual) {
  if (values.epochs === undefined) return quick ? 1 : usual;
  const asked = Number(values.epochs);
  if (Number.isInteger(asked) && asked > 0) return asked;
  console.error(`--epochs: expected a positive integer but received ${values.epochs}`);
  process.exit(2);
}

/** @returns {string} where to write files: a folder that exists, by default a new one for temporary files */
export function outFolder() {
  if (values.out === undefined) return mkdtempSync(join(tmpdir(), 'gemmnet-'));
  mkdirSync(values.out, { recursive: true });
  return values.out;
}

/**
 * The folder of a data set, or undefined, after saying why, when the real-data part of an example has to be left out.
 *
 * @param {'mnist' | 'cifar10'} name
 * @returns {string | undefined}
 */
export function dataFolder(name) {
  if (values.toy) return undefined;
  const named = values.data ?? process.env.GEMMNET_DATA;
  const roots =
    named === undefined
      ? [cacheFolder(), fileURLToPath(new URL('../../shared/datasets', import.meta.url))]
      : [named];
  const places = roots.flatMap((root) =>
    name === 'mnist'
      ? [join(root, 'mnist')]
      : [join(root, 'cifar10', 'cifar-10-batches-bin'), join(root, 'cifar10')],
  );
  const marks =
    name === 'mnist' ? ['train-images-idx3-ubyte.gz', 'train-images-idx3-ubyte'] : ['data_batch_1.bin'];
  const found = places.find((place) => marks.some((mark) => existsSync(join(place, mark))));
  if (found === undefined) {
    const files =
      name === 'mnist'
        ? 'the four idx files of MNIST'
        : 'the binary version of CIFAR-10 (data_batch_1.bin …)';
    console.log(
      `\nReal data left out: expected ${files} in ${places[0]}; name their parent folder with --data or GEMMNET_DATA, or fetch them: gemmnet data fetch ${name}.`,
    );
  }
  return found;
}
