import { isBytes } from '../core/dtype.js';
import type { Tensor } from '../core/tensors/tensor.js';
import { readNpz } from '../io/arrays/npz.js';
import { readSafetensors } from '../io/arrays/safetensors.js';
import { type Expectation, refuseForeign } from '../io/files/foreign-file.js';
import { type Readable, type Source, withSource } from '../io/files/source.js';

/** Tensors by name, in the order of the file. The record has no prototype. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** What opens the messages about a file: the function, and the path if there is one. */
export function nameOf(who: string, from: Readable): string {
  return isBytes(from) ? who : `${who}: ${from}`;
}

/** A file of arrays alone. The names of all members of an archive are not known yet. */
export const ofArrays: Expectation = {
  expected: 'arrays alone, in an .npz or .safetensors file,',
  own: ['npz', 'zip', 'safetensors'],
};

/**
 * The tensors of an .npz or .safetensors file; its first bytes tell which it is.
 * @param remedies that the reader knows for other files, by format
 * @throws FormatError for a file that is neither
 * @throws ArgumentError for a file that cannot be read
 */
export async function readTensors(
  who: string,
  from: Readable,
  remedies: NonNullable<Expectation['remedies']>,
): Promise<Tensors> {
  return withSource(who, from, async (source) => {
    const kind = await refuseForeign(source, { ...ofArrays, remedies });
    return tensorsOf(source, kind?.format);
  });
}

/** @param format that the file is known to be */
export async function tensorsOf(source: Source, format: string | undefined): Promise<Tensors> {
  return format === 'npz' || format === 'zip' ? readNpz(source) : (await readSafetensors(source)).tensors;
}
