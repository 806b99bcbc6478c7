import { sizeOf } from '../core/dtype.js';
import { ArgumentError } from '../core/errors.js';
import {
  checkOptions,
  checkValue,
  instanceOf,
  integerIn,
  oneOf,
  optional,
  positiveInteger,
} from '../core/options.js';
import { packageVersion } from '../core/process/package-version.js';
import { writeAtomically } from '../io/files/atomic-write.js';
import { encodeOnnx, opsets } from '../io/formats/onnx.js';
import { type AnyModel, Model } from '../models/model.js';
import { appendLayers, appendPreparation, OnnxChain } from './onnx-graph.js';

export interface OnnxOptions {
  /**
   * What the graph gives, and the name of its output: the `scores` of `model.loss(X)`, the default, (N, numClasses); the
   * `probabilities` of the classes, their softmax; or `classes`, the int64 class indices of `model.predict(X)`, (N).
   */
  readonly output?: 'scores' | 'probabilities' | 'classes';
  /** The only number of rows that the graph takes; default: any. */
  readonly batchSize?: number;
  /** The version of the ONNX operator set, 13 … 22; default 13, which also old runtimes read. */
  readonly opset?: number;
}

/** The format's limit, 2 GiB, less room for the nodes. */
const mostBytes = 2 ** 31 - 2 ** 20;

/**
 * Writes a model, with its preparation, to an ONNX file (https://onnx.ai), which onnxruntime and others run. Its input is `X`, (N, inputSize),
 * in the model's dtype; its output has the name of the option `output`. The file appears at once and whole.
 * @throws ArgumentError for a model with a layer of your own, a misspelled option, or a file that cannot be written
 * @throws StateError for a disk that is full or fails; an old file is as it was
 */
export async function exportOnnx(
  model: AnyModel,
  path: string | URL,
  options: OnnxOptions = {},
): Promise<void> {
  const who = 'exportOnnx';
  await writeAtomically(who, path, serialize(who, model, options));
}

/**
 * The contents of the ONNX file that {@link exportOnnx} writes, as bytes.
 * @throws ArgumentError for a model with a layer of your own, or a misspelled option
 */
export function serializeOnnx(model: AnyModel, options: OnnxOptions = {}): Uint8Array {
  return serialize('serializeOnnx', model, options);
}

function serialize(who: string, model: AnyModel, options: OnnxOptions): Uint8Array {
  checkValue(`${who}: the model`, model, instanceOf(Model));
  const { output, batchSize, opset } = checkOptions(who, options, {
    output: optional(oneOf('scores', 'probabilities', 'classes'), 'scores'),
    batchSize: optional(positiveInteger),
    opset: optional(integerIn(opsets.first, opsets.last), opsets.first),
  });
  const { network, params, preparation, dtype, inputSize, numClasses } = model;
  const bytes = network.parameterLength * sizeOf(dtype);
  if (bytes > mostBytes) {
    throw new ArgumentError(
      `${who}: expected at most ${mostBytes} bytes of parameters but received ${bytes}`,
    );
  }
  const chain = new OnnxChain(dtype);
  if (preparation !== undefined) appendPreparation(chain, preparation);
  appendLayers(chain, network, { ...params, ...model.state }, who);
  if (output === 'probabilities') appendProbabilities(chain, model, who);
  if (output === 'classes') chain.append('classes', 'ArgMax', {}, { axis: 1, keepdims: 0 });
  const rows = batchSize ?? 'N';
  return encodeOnnx({
    opset,
    producer: { name: 'gemmnet', version: packageVersion() },
    name: model.kind,
    input: { name: chain.input, type: dtype, shape: [rows, inputSize] },
    output:
      output === 'classes'
        ? { name: output, type: 'int64', shape: [rows] }
        : { name: output, type: dtype, shape: [rows, numClasses] },
    nodes: chain.nodes.with(-1, { ...chain.nodes.at(-1)!, output }),
    constants: chain.constants,
  });
}

function appendProbabilities(chain: OnnxChain, { network, objective }: AnyModel, who: string): void {
  if (network.layers.at(-1)!.layer.kind === 'Softmax') return;
  const { loss } = objective;
  if (loss.name !== 'softmaxCrossEntropy') {
    throw new ArgumentError(
      `${who}: expected a model with a cross-entropy loss for the output 'probabilities' but its loss is ${loss.name}`,
    );
  }
  chain.append('probabilities', 'Softmax', {}, { axis: -1 });
}
