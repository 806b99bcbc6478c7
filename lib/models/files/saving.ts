import { shortened } from '../../core/describe.js';
import type { FloatDtype } from '../../core/dtype.js';
import { isBytes } from '../../core/dtype.js';
import { ArgumentError, FormatError, GemmnetError } from '../../core/errors.js';
import { checkOptions, optional, record } from '../../core/options.js';
import type { Tensor } from '../../core/tensors/tensor.js';
import { Preparation, type PreparationStep } from '../../data/preparation/preparation.js';
import { readSafetensors, writeSafetensors } from '../../io/arrays/safetensors.js';
import { type Expectation, refuseForeign } from '../../io/files/foreign-file.js';
import { type Readable, withSource } from '../../io/files/source.js';
import { parseStrictJson } from '../../io/files/strict-json.js';
import type { Network } from '../../net/network.js';
import { makeForRestoring, type NamedTensors } from '../../net/parameter-memory.js';
import type { Json } from '../../nn/layer.js';

/** What makes an equal model, without the values of its parameters. */
export interface ModelDescription {
  /** The name of its class. */
  readonly kind: string;
  readonly dtype: FloatDtype;
  readonly config: { readonly [key: string]: Json };
}

/** What a file says of the model, without the values of its parameters. */
export interface SavedDescription extends ModelDescription {
  readonly preparation: Preparation | undefined;
}

/** What a file keeps beside the model. */
export interface ExtraContents {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tensors?: Readonly<Record<string, Tensor>>;
}

/** The entry of a file's metadata that describes the model. */
const descriptionKey = 'gemmnet';
/** Counts the changes of the description's form: 2 added the preparation. A model without one is written as version 1. */
const formatVersion = 2;
/** What a file may ask for before its parameters are looked at. */
const maxLayers = 10_000;
/** A model may have so many parameters before those of the file are looked at: 16 MiB, with their gradients, in doubles. */
const freeElements = 2 ** 20;
/** A configuration, its layers, a layer, its configuration, and what a layer of one's own keeps there. */
const maxDepth = 32;

/** The tensors of step i of a preparation are `preparation.i.` and these. */
const preparationTensors = { shiftScale: ['shift', 'scale'], project: ['components'] } as const;

/** Writes parameters, description, preparation and extras to a safetensors file. */
export async function saveModel(
  path: string | URL,
  { kind, dtype, config }: ModelDescription,
  preparation: Preparation | undefined,
  params: NamedTensors,
  extra: ExtraContents,
): Promise<void> {
  const { metadata = {}, tensors = {} } = checkOptions(`${kind}.save`, extra, {
    metadata: optional(record),
    tensors: optional(record),
  }) as ExtraContents;
  const prepared = tensorsOf(preparation);
  const taken = [descriptionKey, ...Object.keys(params), ...Object.keys(prepared)].find(
    (name) => name in metadata || name in tensors,
  );
  if (taken !== undefined) {
    throw new ArgumentError(`${kind}.save: expected names that the model does not use but received ${taken}`);
  }
  const description = JSON.stringify({
    format: descriptionKey,
    version: preparation === undefined ? 1 : formatVersion,
    class: kind,
    dtype,
    config,
    ...(preparation === undefined ? {} : { preparation: preparation.steps.map((step) => step.kind) }),
  });
  await writeSafetensors(
    `${kind}.save`,
    path,
    { ...params, ...prepared, ...tensors },
    { ...metadata, [descriptionKey]: description },
  );
}

const byNumpy =
  'loadSklearnWeights, loadKerasWeights and loadTorchStateDict put the weights of other libraries into a model';

const aModel: Expectation = {
  expected: 'a model that save wrote, a safetensors file,',
  own: ['safetensors'],
  remedies: {
    torch:
      'in Python, safetensors.torch.save_file(net.state_dict(), path) writes its weights for loadTorchStateDict',
    keras: 'loadKerasWeights puts its weights into a model of the same layers',
    hdf5: 'loadKerasWeights puts the weights of Keras into a model of the same layers',
    npz: byNumpy,
    onnx: 'exportOnnx writes such files for others; keep the one that save wrote',
    json: 'the model is in the .safetensors file',
  },
};

/**
 * Reads a model's file.
 * @param who opens the messages about what is no safetensors file: `loadModel`
 * @throws FormatError for a file that is no safetensors file or holds no gemmnet model
 */
export async function readModel(
  who: string,
  from: Readable,
): Promise<{ readonly description: SavedDescription; readonly tensors: Readonly<Record<string, Tensor>> }> {
  const { tensors, metadata } = await withSource(who, from, async (source) => {
    await refuseForeign(source, aModel);
    return readSafetensors(source);
  });
  const file = nameOfFile(from);
  const text = metadata[descriptionKey];
  if (text === undefined) {
    const hint = metadata.format === 'pt' ? '; loadTorchStateDict reads the weights of PyTorch' : '';
    throw new FormatError(
      `${file}: expected a gemmnet model, with "${descriptionKey}" in the metadata, but found none${hint}`,
    );
  }
  return { description: parseDescription(file, text, tensors), tensors };
}

/** How errors name what a model was read from. */
export function nameOfFile(from: Readable): string {
  return isBytes(from) ? 'the bytes of the model' : String(from);
}

/**
 * Makes the model of a file with the `fromConfig` of its class, and puts the file's parameters into it. A large model for more
 * parameters than the file has is not made, so that a few words of a file take no memory.
 */
export function restoreModel<
  M extends {
    readonly params: NamedTensors;
    readonly network: Network;
    restoreParams(values: Readonly<Record<string, Tensor>>): void;
  },
>(
  file: string,
  { dtype, config, preparation }: SavedDescription,
  tensors: Readonly<Record<string, Tensor>>,
  fromConfig: (config: { readonly [key: string]: Json }) => M,
): M {
  try {
    const elements = Object.values(tensors).reduce((sum, { size }) => sum + size, 0);
    const options = { ...config, dtype, seed: 0, ...(preparation === undefined ? {} : { preparation }) };
    const model = makeForRestoring(Math.max(elements, freeElements), () =>
      fromConfig(options as unknown as { readonly [key: string]: Json }),
    );
    model.restoreParams(valuesOf(model.network, tensors));
    return model;
  } catch (cause) {
    if (!(cause instanceof GemmnetError)) throw cause;
    throw new FormatError(`${file}: expected a whole gemmnet model but: ${cause.message}`, { cause });
  }
}

/**
 * The file's values by the names of the net's parameters. Versions up to 0.1 numbered all layers with parameters in one row, so that
 * between two Linear layers a parameter of a layer of one's own was `gain2`, and the second layer's `W3`.
 */
function valuesOf(
  { layers, parameters, states }: Network,
  tensors: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const names = parameters.map(({ name }) => name);
  const former = layers
    .filter((layer) => layer.parameters.length > 0)
    .flatMap((layer, i) => layer.parameters.map(({ spec }) => `${spec.name}${i + 1}`));
  const isFormer = former.every((name) => Object.hasOwn(tensors, name));
  const inFile = isFormer && !names.every((name) => Object.hasOwn(tensors, name)) ? former : names;
  const values = names.map((name, i) => [name, tensors[inFile[i]!] as Tensor] as const);
  return Object.fromEntries([
    ...values,
    ...states.map(({ name }) => [name, tensors[name] as Tensor] as const),
  ]);
}

/** @throws FormatError where a file holds a model of another class than was asked for */
export function expectKind(path: string | URL, { kind }: ModelDescription, expected: string): void {
  if (kind === expected) return;
  const found = shortened(kind);
  throw new FormatError(
    `${expected}.load: expected ${path} to hold a ${expected} but it holds a ${found}; read it with ${found}.load or loadModel`,
  );
}

function parseDescription(
  file: string,
  text: string,
  tensors: Readonly<Record<string, Tensor>>,
): SavedDescription {
  const what = `${file}: the description of the model`;
  const parsed = parseStrictJson(Buffer.from(text), maxDepth, what);
  const {
    format,
    version,
    class: kind,
    dtype,
    config,
    preparation,
  } = (parsed ?? {}) as Record<string, unknown>;
  if (format !== descriptionKey || typeof version !== 'number') {
    throw new FormatError(`${file}: expected the description of a gemmnet model but received other JSON`);
  }
  if (!(Number.isInteger(version) && 1 <= version && version <= formatVersion)) {
    throw new FormatError(
      `${file}: expected version 1 … ${formatVersion} of the model format but received ${version}` +
        (version > formatVersion ? ': a newer gemmnet wrote it, update gemmnet to read it' : ''),
    );
  }
  const whole =
    typeof kind === 'string' &&
    (dtype === 'float32' || dtype === 'float64') &&
    typeof config === 'object' &&
    config !== null &&
    !Array.isArray(config);
  if (!whole)
    throw new FormatError(`${file}: expected class, dtype and config in the description of the model`);
  for (const [key, value] of Object.entries({ ...config, preparation })) {
    if (Array.isArray(value) && value.length > maxLayers) {
      throw new FormatError(`${what}: expected at most ${maxLayers} layers but ${key} has ${value.length}`);
    }
  }
  return {
    kind,
    dtype,
    config: config as ModelDescription['config'],
    preparation: preparation === undefined ? undefined : parsePreparation(file, preparation, tensors),
  };
}

function tensorsOf(preparation: Preparation | undefined): Readonly<Record<string, Tensor>> {
  const named = (preparation?.steps ?? []).flatMap((step, index) => {
    const tensors: Readonly<Record<string, Tensor>> =
      step.kind === 'project' ? { components: step.components } : { shift: step.shift, scale: step.scale };
    return preparationTensors[step.kind].map(
      (name) => [`preparation.${index}.${name}`, tensors[name]!] as const,
    );
  });
  return Object.fromEntries(named);
}

function parsePreparation(
  file: string,
  kinds: unknown,
  tensors: Readonly<Record<string, Tensor>>,
): Preparation {
  const known = (kind: unknown): kind is keyof typeof preparationTensors =>
    typeof kind === 'string' && Object.hasOwn(preparationTensors, kind);
  if (!Array.isArray(kinds) || !kinds.every(known)) {
    throw new FormatError(
      `${file}: expected the preparation to be an array of ${Object.keys(preparationTensors).join(' and ')}`,
    );
  }
  const steps = kinds.map((kind, index) => ({
    kind,
    ...Object.fromEntries(
      preparationTensors[kind].map((name) => [name, tensors[`preparation.${index}.${name}`]]),
    ),
  }));
  try {
    return new Preparation(steps as unknown as readonly PreparationStep[]);
  } catch (cause) {
    if (!(cause instanceof GemmnetError)) throw cause;
    throw new FormatError(`${file}: expected a whole preparation but: ${cause.message}`, { cause });
  }
}
