import { FormatError } from '../../core/errors.js';

import type { FetchableName } from '../download/manifest.js';

/** 32 × 32 red, then green, then blue. */
export const cifarPixels = 3072;

/** The files of one version of a data set. */
export interface CifarVersion {
  /** The folder that the archive makes. */
  readonly folder: string;
  readonly training: readonly string[];
  readonly test: readonly string[];
}

/** What CIFAR-10 and CIFAR-100 differ in. */
export interface CifarFormat {
  /** `loadCifar10` */
  readonly who: string;
  /** `CIFAR-10` */
  readonly name: string;
  /** `cifar10` */
  readonly fetchName: FetchableName;
  readonly binary: CifarVersion;
  readonly python: CifarVersion;
  readonly numClasses: number;
  /** How many label bytes stand before the pixels, and which is meant. */
  readonly labelBytes: number;
  readonly labelByte: number;
  /** The key of the labels in a Python batch. */
  readonly labelKey: string;
}

/** @throws FormatError for a label that is no class */
export function checkLabel(
  label: number,
  { numClasses }: CifarFormat,
  where: string,
  position: string,
): void {
  if (Number.isInteger(label) && label >= 0 && label < numClasses) return;
  throw new FormatError(
    `${where}: expected a label in 0 … ${numClasses - 1} but received ${label} ${position}`,
  );
}
