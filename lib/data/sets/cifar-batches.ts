import { join } from 'node:path';
import { ArgumentError } from '../../core/errors.js';
import type { DataSet } from '../data-set.js';
import { readBinaryBatches } from './cifar-binary.js';
import type { CifarFormat, CifarVersion } from './cifar-format.js';
import { readPythonBatches } from './cifar-python.js';
import { checkFolder, findFile, namesIn } from './data-folder.js';

/**
 * Reads all files of the binary or the Python version, whichever is in the folder or below it.
 * @throws ArgumentError for a folder without them, or with some of them
 * @throws FormatError for a file that is damaged
 */
export async function loadCifar(folder: string, format: CifarFormat): Promise<DataSet> {
  const { version, files } = await findVersion(folder, format);
  const read = version === format.binary ? readBinaryBatches : readPythonBatches;
  const paths = (names: readonly string[]) => names.map((name) => files.get(name)!);
  const [XTrain, yTrain] = await read(paths(version.training), format);
  const [XTest, yTest] = await read(paths(version.test), format);
  return { XTrain, yTrain, XTest, yTest };
}

interface FoundVersion {
  readonly version: CifarVersion;
  /** Paths by the names that the version has for them. */
  readonly files: ReadonlyMap<string, string>;
}

async function findVersion(folder: string, format: CifarFormat): Promise<FoundVersion> {
  const { who, name, fetchName, binary, python } = format;
  checkFolder(who, folder, fetchName);
  const top = await namesIn(who, folder);
  let partial: ArgumentError | undefined;
  for (const version of [binary, python]) {
    for (const place of [folder, join(folder, version.folder)]) {
      const names = place === folder ? top : await namesIn(who, place).catch(() => []);
      const files = new Map<string, string>();
      const missing: string[] = [];
      for (const file of [...version.training, ...version.test]) {
        const path = await findFile(place, names, [file]);
        if (path === undefined) missing.push(file);
        else files.set(file, path);
      }
      if (missing.length === 0) return { version, files };
      if (files.size === 0) continue;
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
