import { isBytes } from '../core/dtype.js';
import { FormatError } from '../core/errors.js';
import type { Tensor } from '../core/tensor.js';
import { loadNpz } from '../io/npz.js';
import { loadSafetensors } from '../io/safetensors.js';
import { type Readable, withSource } from '../io/source.js';

/** Tensors by name, in the order of the file. The record has no prototype. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** What opens the messages about a file: the function, and the path if there is one. */
export function nameOf(who: string, from: Readable): string {
  return isBytes(from) ? who : `${who}: ${from}`;
}

/** The beginning of a file, with the name of its first member if it is a zip archive. */
export function beginning(who: string, from: Readable): Promise<Uint8Array> {
  return withSource(who, from, async (source) => {
    const bytes = new Uint8Array(Math.min(128, source.size));
    await source.read(bytes, 0);
    return bytes;
  });
}

/** Whole models of other libraries, by what their files begin with, and how to write their weights instead. */
const otherFiles = [
  {
    // Since 1.6 a zip archive, before a pickle of a magic number.
    begins: (text: string) => /^PK.{28}[^/]*\/data\.pkl/s.test(text) || text.startsWith('\x80\x02\x8a\n'),
    what: 'a file of torch.save, which holds Python objects',
    remedy: 'safetensors.torch.save_file(net.state_dict(), path)',
  },
  {
    begins: (text: string) => /^PK.{28}metadata\.json/s.test(text),
    what: 'a .keras archive',
    remedy: "model.save_weights('model.weights.h5')",
  },
];

/**
 * The tensors of an .npz or .safetensors file; its first bytes tell which it is.
 * @throws FormatError for a file that is neither
 * @throws ArgumentError for a file that cannot be read
 */
export async function readTensors(who: string, from: Readable): Promise<Tensors> {
  const text = Buffer.from(await beginning(who, from)).toString('latin1');
  const other = otherFiles.find(({ begins }) => begins(text));
  if (other !== undefined) {
    throw new FormatError(
      `${nameOf(who, from)}: expected arrays alone but received ${other.what}; write it with ${other.remedy}`,
    );
  }
  return text.startsWith('PK') ? loadNpz(from) : (await loadSafetensors(from)).tensors;
}
