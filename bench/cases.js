import { benchmarkCases, describeCase, matches, numRows } from '../dist/benchmarks.js';
import { aroundCases } from './around-cases.js';
import { byHandCases } from './by-hand-cases.js';

/**
 * What is timed. A contender's process gets it whole; the fields after `dtype` are those of its kind.
 *
 * @typedef {object} Case
 * @property {Kind} kind
 * @property {string} id
 * @property {string} title
 * @property {'float32' | 'float64'} dtype
 * @property {number} [units] How many make a measurement; by default as many as fill its time.
 * @property {number} [repetitions] How many measurements there are, where it is not for the options to say.
 * @property {number} [flops] Of one unit: a step, a product, a prediction.
 * @property {Agreement} [agreement] How the contenders' results are compared; absent where there are none.
 * @property {boolean} [bytes] Whether the data set stays uint8, and each batch is shifted and scaled.
 * @property {readonly number[]} [dims] D, hidden sizes, C.
 * @property {number} [dataRows] Rows that are drawn.
 * @property {number} [batchSize]
 * @property {'sgd' | 'adam'} [updateRule]
 * @property {number} [learningRate]
 * @property {number} [reg]
 * @property {'gemm_nt' | 'gemm_tn' | 'gemm_nn'} [op] c (m, n) = op(a)·op(b), row-major, as in lib/ops/catalogue.ts.
 * @property {number} [m]
 * @property {number} [n]
 * @property {number} [k]
 * @property {string} [call] Name of a layer function: x (m, k), w (k, n), dout (m, n); or of what contenders/around calls.
 * @property {boolean} [given] Whether a layer function writes its results where the caller says.
 * @property {number} [steps] Of one unit.
 * @property {readonly string[]} [peers] The families that can be asked for it; default: all of its kind.
 * @property {'named' | 'others'} [group] Whether it is one of the calls around a step that are known to matter, or of all the others.
 * @property {readonly number[]} [sizes] What its call is given.
 * @property {readonly string[]} [files] Its inputs, by their names in `folder`.
 * @property {string} [folder] Where they lie, and where it writes; known when it begins.
 * @property {string} [topic] Word that selects it beside others of its kind.
 */

/**
 * - `step`: a training step
 * - `bytes step`: the same on uint8 data, of which each batch is converted, shifted and scaled
 * - `hogged step`: the same beside a process that keeps one core busy, and the yardstick for it on an idle machine
 * - `predict`, `latency`: the classes of many rows in one call, of one row in one call
 * - `gemm`: one matrix product
 * - `by-hand`: one call of a layer function, as in a loop that a user writes, or a step made of such calls
 * - `by-hand memory`: the highest resident memory in a loop of many such steps, in bytes; lasts minutes, and is done only where it is asked for by both words
 * - `around`: what surrounds the steps: creating, drawing, reading, preparing, saving
 * - `import`, `memory`: in a fresh process, seconds to import the package, and bytes that are resident then
 * - `allocation`: bytes that a step leaves to the garbage collector
 *
 * @typedef {'step' | 'bytes step' | 'hogged step' | 'predict' | 'latency' | 'gemm' | 'by-hand' | 'by-hand memory' | 'around' | 'import' | 'memory' | 'allocation'} Kind
 */

/**
 * @typedef {object} Agreement
 * @property {number} units How many are run for the comparison.
 * @property {'numbers' | 'classes'} of
 * @property {number} tolerance The largest relative difference of a number; the largest fraction of other classes.
 */

/** Rounding, through sums in another order. @type {Readonly<Record<string, number>>} */
const lossTolerance = { float32: 1e-4, float64: 1e-10 };

/**
 * @param {import('../lib/benchmarks.js').BenchmarkCase} one
 * @param {Kind} kind
 * @returns {Case}
 */
function stepCase(one, kind) {
  const { id, dims, batchSize, updateRule, learningRate, reg, dtype, from } = one;
  const title = kind === 'step' ? `${describeCase(one)}, ${from}` : `${kind} ${describeCase(one)}`;
  const agreement = /** @type {const} */ ({
    units: 5,
    of: 'numbers',
    tolerance: lossTolerance[dtype] ?? 0,
  });
  const step = { dims, dataRows: numRows, batchSize, updateRule, learningRate, reg };
  return { kind, id, title, dtype, flops: batchSize * flopsOfRow(dims), agreement, ...step };
}

/**
 * Of one row's way forward and back; nobody needs the gradient by the pixels.
 *
 * @param {readonly number[]} dims
 */
function flopsOfRow(dims) {
  const products = dims.slice(1).map((out, layer) => 2 * out * (dims[layer] ?? 0));
  return products.reduce((sum, flops) => sum + 3 * flops, -(products[0] ?? 0));
}

const steps = benchmarkCases.map((one) => stepCase(one, 'step'));

const doubleSteps = benchmarkCases
  .filter(({ id }) => ['a', 'e', 'g-sgd', 'g-adam'].includes(id))
  .map((one) => stepCase({ ...one, dtype: 'float64' }, 'step'))
  .map((one) => ({ ...one, id: `${one.id}-f64`, title: `${one.title}, float64` }));

const hoggedSteps = benchmarkCases
  .map((one) => stepCase(one, 'hogged step'))
  .map((one) => ({ ...one, id: `hog-${one.id}` }));

const byteSteps = benchmarkCases
  .filter(({ id }) => ['a', 'c', 'e', 'f'].includes(id))
  .map((one) => ({ ...stepCase(one, 'bytes step'), id: `${one.id}-bytes`, bytes: true }));

const mnistNet = [784, 150, 10];
const forwardFlops = 2 * (784 * 150 + 150 * 10);

/** @type {readonly Case[]} */
const predictions = [
  {
    kind: 'predict',
    id: 'predict',
    title: 'predict 10,000 rows, 784-150-10',
    dtype: 'float32',
    flops: 10_000 * forwardFlops,
    agreement: { units: 1, of: 'classes', tolerance: 1e-3 },
    dims: mnistNet,
    dataRows: 10_000,
  },
  {
    kind: 'latency',
    id: 'latency',
    title: 'predict one row, 784-150-10',
    dtype: 'float32',
    flops: forwardFlops,
    agreement: {
      // So many that what a call costs, whatever its length, is nothing.
      units: 10_000,
      of: 'classes',
      tolerance: 2e-3,
    },
    dims: mnistNet,
    dataRows: 1000,
  },
];

/**
 * The operands are small multiples of 1/8, so float32 holds the products exactly, in whatever order they are summed.
 *
 * @param {NonNullable<Case['op']>} op
 * @param {number} m
 * @param {number} n
 * @param {number} k
 * @returns {Case}
 */
function gemmCase(op, m, n, k) {
  const id = `${op} ${m}×${n}×${k}`;
  const agreement = /** @type {const} */ ({ units: 1, of: 'numbers', tolerance: 0 });
  return { kind: 'gemm', id, title: id, dtype: 'float32', flops: 2 * m * n * k, agreement, op, m, n, k };
}

/** Every product of every step: y = x·wᵀ, dw = dyᵀ·x and dx = dy·w, w stored (out, in). @returns {Case[]} */
function gemmCases() {
  const found = new Map([512, 1024, 2048].map((size) => [`${size}`, gemmCase('gemm_nn', size, size, size)]));
  for (const { id, dims, batchSize } of benchmarkCases) {
    const letter = id.charAt(0);
    for (const [layer, out] of dims.slice(1).entries()) {
      const inputs = dims[layer] ?? 0;
      const products = [
        gemmCase('gemm_nt', batchSize, out, inputs),
        gemmCase('gemm_tn', out, inputs, batchSize),
        ...(layer > 0 ? [gemmCase('gemm_nn', batchSize, inputs, out)] : []),
      ];
      for (const product of products) {
        const known = found.get(product.id) ?? product;
        const title = /** @type {string} */ (known.title);
        const letters = title.slice(known.id.length);
        found.set(product.id, letters.includes(letter) ? known : { ...known, title: `${title} ${letter}` });
      }
    }
  }
  return [...found.values()];
}

/** @type {readonly Case[]} */
const footprint = [
  { kind: 'import', id: 'import', title: 'import the package', dtype: 'float32', units: 1 },
  { kind: 'memory', id: 'memory', title: 'resident memory after the import', dtype: 'float32', units: 1 },
  ...benchmarkCases
    .filter(({ id }) => id === 'c')
    .map((one) => ({
      ...stepCase(one, 'allocation'),
      id: `allocation-${one.id}`,
      title: `memory allocated by a step, ${describeCase(one)}`,
      // So many that what a call costs, whatever its length, is nothing.
      units: 10_000,
    })),
];

/** @type {readonly Case[]} */
export const cases = [
  ...steps,
  ...byteSteps,
  ...doubleSteps,
  ...hoggedSteps,
  ...predictions,
  ...gemmCases(),
  ...byHandCases,
  ...aroundCases,
  ...footprint,
];

/**
 * Those whose letter, kind, topic or title contains all of the words.
 *
 * @param {readonly string[]} words
 */
export function selectCases(words) {
  const wanted = cases.filter(
    ({ kind }) => kind !== 'by-hand memory' || kind.split(' ').every((word) => words.includes(word)),
  );
  return wanted.filter(({ id, kind, title, dtype, topic = '', group = '' }) =>
    matches(id, `${kind} ${topic} ${group} ${title} ${dtype}`, words),
  );
}
