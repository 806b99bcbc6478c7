import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expectation } from '../core/describe.js';
import { ArgumentError } from '../core/errors.js';
import { fileError } from '../core/files.js';
import { readBinaryBatches } from './cifar-binary.js';
import type { CifarFormat } from './cifar-format.js';
import { readPythonBatches } from './cifar-python.js';
import type { DataSet } from './data-set.js';

/**
 * Reads all files of the binary or the Python version, whichever is in the folder or below it.
 * @throws ArgumentError for a folder without them, or with some of them
 * @throws FormatError for a file that is damaged
 */
export async function loadCifar(folder: string, format: CifarFormat): Promise<DataSet> {
  const { version, place } = await findVersion(folder, format);
  const read = version === format.binary ? readBinaryBatches : readPythonBatches;
  const paths = (names: readonly string[]) => names.map((name) => join(place, name));
  const [XTrain, yTrain] = await read(paths(version.training), format);
  const [XTest, yTest] = await read(paths(version.test), format);
  return { XTrain, yTrain, XTest, yTest };
}

async function findVersion(folder: string, { who, name, binary, python }: CifarFormat) {
  if (typeof folder !== 'string') {
    throw new ArgumentError(expectation(`${who}: folder`, 'to be a path', describe(folder)));
  }
  let partial: ArgumentError | undefined;
  for (const version of [binary, python]) {
    for (const place of [folder, join(folder, version.folder)]) {
      const names = await filesIn(who, place, place === folder);
      const wanted = [...version.training, ...version.test];
      const missing = wanted.filter((file) => !names.includes(file));
      if (missing.length === 0) return { version, place };
      if (missing.length === wanted.length) continue;
      partial ??= new ArgumentError(
        `${who}: expected ${missing.join(', ')} beside the other batches in ${place} but found none`,
      );
    }
  }
  throw (
    partial ??
    new ArgumentError(
      `${who}: expected the binary version of ${name} (${binary.training[0]} … ${binary.test[0]}) or the Python version ` +
        `(${python.training[0]} … ${python.test[0]}) in ${folder} but found none`,
    )
  );
}

async function filesIn(who: string, place: string, needed: boolean): Promise<readonly string[]> {
  try {
    return await readdir(place);
  } catch (cause) {
    if (needed) throw fileError(who, 'read', place, cause);
    return [];
  }
}
