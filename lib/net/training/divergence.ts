import type { BoundProgram, Buffers } from '../../backend/bound-program.js';
import { DivergenceError } from '../../core/errors.js';
import { firstNonFinite } from '../../core/tensors/finite.js';
import { type NonFinite, nonFiniteIn, nonFiniteRemedy } from '../evaluation/finite.js';
import type { Rows } from '../inputs.js';
import type { Network } from '../network.js';
import type { ParameterMemory } from '../parameter-memory.js';

/** The failed step, in a program that keeps all activations. */
export interface FailedStep {
  readonly who: string;
  /** From 0. */
  readonly iteration: number;
  readonly loss: number;
  readonly program: BoundProgram;
  readonly externals: Buffers;
  readonly scalars: Readonly<Record<string, number>>;
  /** The training set. */
  readonly data: Rows;
  /** The step's row numbers in it. */
  readonly batch: Int32Array;
}

/** What may help where the data are finite. */
export const divergenceAdvice = 'A smaller learning rate or smaller weights may help';

/**
 * The error for a loss that is NaN or infinite. Where the data are not finite, it says where. Else it runs the step's forward pass again
 * and looks, layer by layer, where the first number that is not finite stands.
 */
export function divergenceError(
  step: FailedStep,
  network: Network,
  memory: ParameterMemory,
): DivergenceError {
  const { who, iteration, loss, program, externals, scalars, data, batch } = step;
  const what = `${who}: the loss of iteration ${iteration} is ${loss}`;
  const inBatch = nonFiniteOfBatch(data, batch);
  const bad = inBatch ?? nonFiniteIn(data);
  if (bad !== undefined) {
    const { row, column, value } = bad;
    const where = inBatch === undefined ? '' : ', and so in the batch, the input of the net';
    return new DivergenceError(
      `${what}; ${value} stands in row ${row}, column ${column} of the training set${where}; ${nonFiniteRemedy}`,
      iteration,
    );
  }
  program.run(batch.length, externals, scalars, ['batch', 'forward', 'loss']);
  return new DivergenceError(
    `${what}; the first number that is not finite stands in ${origin(step, network, memory)}`,
    iteration,
  );
}

/** A parameter with a NaN or an infinity: `the parameter W1 of layer linear1`. */
export function nonFiniteParameter({ layers }: Network, { buffer }: ParameterMemory): string | undefined {
  for (const { name, parameters } of layers) {
    const parameter = parameters.find(
      ({ offset, size }) => firstNonFinite(buffer.subarray(offset, offset + size)) >= 0,
    );
    if (parameter !== undefined) return `the parameter ${parameter.name} of layer ${name}`;
  }
  return undefined;
}

function nonFiniteOfBatch(data: Rows, batch: Int32Array): NonFinite | undefined {
  const { cols } = data;
  for (const row of batch) {
    const found = nonFiniteIn({ data: data.data.subarray(row * cols, (row + 1) * cols), cols });
    if (found !== undefined) return { ...found, row };
  }
  return undefined;
}

/** Where it stands, and what may help. */
function origin({ program, batch }: FailedStep, network: Network, memory: ParameterMemory): string {
  const activations = program.labelled(batch.length);
  const bad = (label: string) =>
    activations.some((each) => each.label === label && firstNonFinite(each.data) >= 0);
  if (bad('batch') || bad('preparation')) {
    return `the batch, the input of the net: its rows are finite, but not in ${network.dtype} or once prepared`;
  }
  for (const layer of network.layers) {
    const where = nonFiniteParameter({ ...network, layers: [layer] }, memory);
    if (where !== undefined) return `${where}. ${divergenceAdvice}`;
    if (bad(layer.name)) return `the output of layer ${layer.name}. ${divergenceAdvice}`;
  }
  return `the loss itself. ${divergenceAdvice}`;
}
