import { setImmediate } from 'node:timers/promises';
import { FormatError } from '../../core/errors.js';
import { allocate } from '../../core/memory.js';
import { formatShape } from '../../core/tensors/shape.js';
import { Tensor } from '../../core/tensors/tensor.js';
import { type Source, withSource } from '../../io/files/source.js';
import { keyOf, readPickle, readPickledArray } from '../../io/pickle/pickle.js';
import { fillFromPickle } from '../../io/pickle/pickle-bytes.js';
import {
  type Budget,
  describePickled,
  type Pickled,
  PickledArray,
  PickledDict,
  PickledList,
} from '../../io/pickle/pickle-values.js';
import { type CifarFormat, checkLabel, cifarPixels } from './cifar-format.js';

/** What is read before others get a turn. */
const pieceLength = 1 << 22;

interface Batch {
  readonly source: Source;
  readonly budget: Budget;
  readonly data: PickledArray;
  readonly labels: readonly Pickled[];
}

/** Batches as Python pickled them: the pixels are read from where they lie in each file into their rows. */
export async function readPythonBatches(
  paths: readonly string[],
  format: CifarFormat,
): Promise<[X: Tensor, y: Int32Array]> {
  return withSources(format.who, paths, async (sources) => {
    const batches: Batch[] = [];
    for (const source of sources) batches.push(await readBatch(source, format));
    const count = batches.reduce((sum, { labels }) => sum + labels.length, 0);
    const X = allocate('uint8', count * cifarPixels);
    const y = allocate('int32', count);
    let row = 0;
    for (const batch of batches) {
      const { source, labels } = batch;
      await readPixels(batch, X.subarray(row * cifarPixels, (row + labels.length) * cifarPixels));
      labels.forEach((value, i) => {
        const label = typeof value === 'number' ? value : Number.NaN;
        checkLabel(label, format, source.name, `as label ${i}`);
        y[row + i] = label;
      });
      row += labels.length;
    }
    return [new Tensor(X, [count, cifarPixels]), y];
  });
}

/** As withSource, for several files. */
function withSources<Result>(
  who: string,
  paths: readonly string[],
  use: (sources: readonly Source[]) => Promise<Result>,
  opened: readonly Source[] = [],
): Promise<Result> {
  const path = paths[opened.length];
  if (path === undefined) return use(opened);
  return withSource(who, path, (source) => withSources(who, paths, use, [...opened, source]));
}

async function readBatch(source: Source, { labelKey }: CifarFormat): Promise<Batch> {
  const { root, budget } = await readPickle(source);
  const data = entryOf(root, 'data');
  const labels = entryOf(root, labelKey);
  if (!(data instanceof PickledArray) || !(labels instanceof PickledList)) {
    const found = [data, labels].map((value) => (value === undefined ? 'nothing' : describePickled(value)));
    throw new FormatError(
      `${source.name}: expected a dict with an array 'data' and a list '${labelKey}' but received ` +
        (root instanceof PickledDict ? found.join(' and ') : describePickled(root)),
    );
  }
  const { shape, type } = data.content?.stored ?? { shape: [], type: 'nothing' };
  if (type !== 'uint8' || shape.length !== 2 || shape[1] !== cifarPixels) {
    throw new FormatError(
      `${source.name}: expected 'data' to be uint8 of shape (N, ${cifarPixels}) but received ${type} of shape ${formatShape(shape)}`,
    );
  }
  if (labels.items.length !== shape[0]) {
    throw new FormatError(
      `${source.name}: expected ${shape[0]} labels, as there are images, but received ${labels.items.length}`,
    );
  }
  return { source, budget, data, labels: labels.items };
}

async function readPixels({ source, budget, data }: Batch, rows: Uint8Array): Promise<void> {
  const { stored, bytes } = data.content!;
  if (stored.columnMajor) {
    rows.set((await readPickledArray(source, data, budget)).data);
    return;
  }
  const fill = fillFromPickle(source, bytes, rows.length);
  for (let done = 0; done < rows.length; done += pieceLength) {
    await fill(rows.subarray(done, done + pieceLength));
    await setImmediate();
  }
}

function entryOf(dict: Pickled, name: string): Pickled | undefined {
  if (!(dict instanceof PickledDict)) return undefined;
  // Those at odd places are values.
  const at = dict.entries.findIndex((key, i) => i % 2 === 0 && keyOf(key) === name);
  return at < 0 ? undefined : dict.entries[at + 1];
}
