import type { FloatDtype } from '../core/dtype.js';
import { ArgumentError, FormatError, GemmnetError } from '../core/errors.js';
import { checkOptions, optional, record } from '../core/options.js';
import type { Tensor } from '../core/tensor.js';
import { loadSafetensors, saveSafetensors } from '../io/safetensors.js';
import type { Json } from '../nn/layer.js';
import type { NamedTensors } from './parameter-memory.js';

/** What makes an equal model, without the values of its parameters. */
export interface ModelDescription {
  /** The name of its class. */
  readonly kind: string;
  readonly dtype: FloatDtype;
  readonly config: { readonly [key: string]: Json };
}

/** What a file keeps beside the model. */
export interface ExtraContents {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tensors?: Readonly<Record<string, Tensor>>;
}

/** The entry of a file's metadata that describes the model. */
const descriptionKey = 'gemmnet';
/** Counts the changes of the description's form. */
const formatVersion = 1;

/** Writes parameters, description and extras to a safetensors file. */
export async function saveModel(
  path: string | URL,
  { kind, dtype, config }: ModelDescription,
  params: NamedTensors,
  extra: ExtraContents,
): Promise<void> {
  const { metadata = {}, tensors = {} } = checkOptions(`${kind}.save`, extra, {
    metadata: optional(record),
    tensors: optional(record),
  }) as ExtraContents;
  const taken = [descriptionKey, ...Object.keys(params)].find((name) => name in metadata || name in tensors);
  if (taken !== undefined) {
    throw new ArgumentError(`${kind}.save: expected names that the model does not use but received ${taken}`);
  }
  const description = JSON.stringify({
    format: descriptionKey,
    version: formatVersion,
    class: kind,
    dtype,
    config,
  });
  await saveSafetensors(path, { ...params, ...tensors }, { ...metadata, [descriptionKey]: description });
}

/**
 * Reads a model's file.
 * @throws FormatError for a file that is no safetensors file or holds no gemmnet model
 */
export async function readModel(
  path: string | URL,
): Promise<{ readonly description: ModelDescription; readonly tensors: Readonly<Record<string, Tensor>> }> {
  const { tensors, metadata } = await loadSafetensors(path);
  const text = metadata[descriptionKey];
  if (text === undefined) {
    const hint = metadata.format === 'pt' ? '; loadTorchStateDict reads the weights of PyTorch' : '';
    throw new FormatError(
      `${path}: expected a gemmnet model, with "${descriptionKey}" in the metadata, but found none${hint}`,
    );
  }
  return { description: parseDescription(path, text), tensors };
}

/** Makes the model of a file with the `fromConfig` of its class, and puts the file's parameters into it. */
export function restoreModel<
  M extends {
    readonly params: NamedTensors;
    restoreParams(values: Readonly<Record<string, Tensor>>): void;
  },
>(
  path: string | URL,
  { dtype, config }: ModelDescription,
  tensors: Readonly<Record<string, Tensor>>,
  fromConfig: (config: { readonly [key: string]: Json }) => M,
): M {
  try {
    const model = fromConfig({ ...config, dtype, seed: 0 });
    model.restoreParams(
      Object.fromEntries(Object.keys(model.params).map((name) => [name, tensors[name] as Tensor])),
    );
    return model;
  } catch (cause) {
    if (!(cause instanceof GemmnetError)) throw cause;
    throw new FormatError(`${path}: expected a whole gemmnet model but: ${cause.message}`, { cause });
  }
}

/** @throws FormatError where a file holds a model of another class than was asked for */
export function expectKind(path: string | URL, { kind }: ModelDescription, expected: string): void {
  if (kind === expected) return;
  throw new FormatError(
    `${expected}.load: expected ${path} to hold a ${expected} but it holds a ${kind}; read it with ${kind}.load or loadModel`,
  );
}

function parseDescription(path: string | URL, text: string): ModelDescription {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${path}: expected the description of the model to be JSON but it is not`, {
      cause,
    });
  }
  const { format, version, class: kind, dtype, config } = (parsed ?? {}) as Record<string, unknown>;
  if (format !== descriptionKey || typeof version !== 'number') {
    throw new FormatError(`${path}: expected the description of a gemmnet model but received other JSON`);
  }
  if (version !== formatVersion) {
    const remedy = version > formatVersion ? ': a newer gemmnet wrote it, update gemmnet to read it' : '';
    throw new FormatError(
      `${path}: expected version ${formatVersion} of the model format but received ${version}${remedy}`,
    );
  }
  const whole =
    typeof kind === 'string' &&
    (dtype === 'float32' || dtype === 'float64') &&
    typeof config === 'object' &&
    config !== null &&
    !Array.isArray(config);
  if (!whole)
    throw new FormatError(`${path}: expected class, dtype and config in the description of the model`);
  return { kind, dtype, config: config as ModelDescription['config'] };
}
