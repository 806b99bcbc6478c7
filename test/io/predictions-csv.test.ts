import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ArgumentError, type GemmnetError, LabelError } from '../../lib/core/errors.js';
import { tensor } from '../../lib/core/tensors/tensor.js';
import { loadCsv } from '../../lib/io/csv/csv.js';
import { type PredictionsOptions, writePredictionsCsv } from '../../lib/io/csv/predictions-csv.js';
import { temporaryFolder } from '../temporary-folder.js';

async function written(
  ...[predictions, options]: [Parameters<typeof writePredictionsCsv>[1], PredictionsOptions?]
) {
  const path = join(await temporaryFolder(), 'predictions.csv');
  await writePredictionsCsv(path, predictions, options);
  return readFile(path, 'utf8');
}

describe('writePredictionsCsv', () => {
  test.each<[string, PredictionsOptions, string]>([
    ['as CS189', {}, 'Id,Category\n1,3\n2,0\n'],
    ['as the Digit Recognizer', { format: 'ImageId,Label' }, 'ImageId,Label\n1,3\n2,0\n'],
    ['under other names', { format: { id: 'row "no"', label: 'a,b' } }, '"row ""no""","a,b"\n1,3\n2,0\n'],
    ['from 0 on', { firstId: 0 }, 'Id,Category\n0,3\n1,0\n'],
    [
      'as words',
      { classes: ['cat', '', '', 'big, "old" dog'] },
      'Id,Category\n1,"big, ""old"" dog"\n2,cat\n',
    ],
  ])('writes %s', async (_name, options, text) => {
    expect(await written(Int32Array.of(3, 0), options)).toBe(text);
  });

  test('takes arrays and tensors, and no predictions', async () => {
    expect(await written([3, 0])).toBe(await written(tensor([[3], [0]])));
    expect(await written([])).toBe('Id,Category\n');
  });

  test('writes what the predictions were at the call, however many', async () => {
    const path = join(await temporaryFolder(), 'predictions.csv');
    for (const given of [new Int32Array(100_003), tensor(new Int32Array(100_003))]) {
      const labels = given instanceof Int32Array ? given : given.data;
      for (let i = 0; i < labels.length; i++) labels[i] = i % 1001;
      const lines = Array.from(labels, (label, i) => `${i + 1},${label}\n`);
      const writing = writePredictionsCsv(path, given);
      labels.fill(7);
      await writing;
      expect((await readFile(path, 'utf8')) === `Id,Category\n${lines.join('')}`).toBe(true);
    }
  });

  test('writes what loadCsv reads', async () => {
    const path = join(await temporaryFolder(), 'predictions.csv');
    const classes = ['a "b"', 'c,\nd'];
    await writePredictionsCsv(path, [1, 0, 1], { classes });
    const { X, y } = await loadCsv(path, { labelColumn: 'Category', classes });
    expect([...X]).toEqual([1, 2, 3]);
    expect(y).toEqual(Int32Array.of(1, 0, 1));
  });

  test.each<[string, unknown, object, new (message: string) => GemmnetError, string]>([
    ['a fraction', [0.5], {}, LabelError, 'predictions[0] to be a class label'],
    ['a class without a word', [2], { classes: ['a', 'b'] }, LabelError, '0 … 1, but received 2'],
    ['no labels', undefined, {}, ArgumentError, 'predictions to be a tensor'],
    [
      'an unknown format',
      [1],
      { format: 'id,category' },
      ArgumentError,
      "or { id, label } with two names but received 'id,category'",
    ],
    [
      'a negative id',
      [1],
      { firstId: -1 },
      ArgumentError,
      'option firstId to be an integer from 0 on but received -1',
    ],
    ['a misspelled option', [1], { clases: ['a'] }, ArgumentError, 'did you mean classes?'],
  ])('refuses %s', async (_name, predictions, options, error, message) => {
    await expect(written(predictions as never, options)).rejects.toThrow(error);
    await expect(written(predictions as never, options)).rejects.toThrow(message);
  });

  test('refuses no path', async () => {
    await expect(writePredictionsCsv(7 as never, [1])).rejects.toThrow('expected a path but received 7');
  });
});
