import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchmarkStep } from '../../dist/benchmarks.js';
import { backendInfo, FullyConnectedNet, Tensor } from '../../dist/index.js';
import { draw } from './drawing.js';
import { prepareByHand, prepareResidentMemory } from './gemmnet_by_hand.js';
import { prepareGemm } from './gemmnet_gemm.js';
import { serve } from './serve.js';

/** @typedef {import('../cases.js').Case} Case */
/** @typedef {import('../../lib/benchmarks.js').BenchmarkCase} BenchmarkCase */
/** @typedef {import('./serve.js').Workload} Workload */

/** @param {Case} one */
const makeStep = (one) => new BenchmarkStep(/** @type {BenchmarkCase} */ (/** @type {unknown} */ (one)));

/**
 * @param {Case} one
 * @returns {Workload}
 */
function prepareStep(one) {
  const step = makeStep(one);
  return {
    async run(steps) {
      const { seconds, losses } = await step.run(steps);
      return { seconds, values: losses };
    },
    dispose: () => step.dispose(),
  };
}

/**
 * What V8 knows of: objects on its heap, exact to some hundred kilobytes only, and the memory of array buffers.
 *
 * @param {Case} one
 * @returns {Workload}
 */
function prepareAllocation(one) {
  const step = makeStep(one);
  const allocated = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  return {
    async run(steps) {
      const rows = step.draw(steps);
      // The first call makes room for so many batches.
      await step.train(rows);
      globalThis.gc?.();
      // The memory behind collected array buffers is given back later, by another thread.
      await sleep(50);
      const before = allocated();
      const { losses } = await step.train(rows);
      return { bytes: allocated() - before, values: losses };
    },
    dispose: () => step.dispose(),
  };
}

/** @param {Case} one */
function makeModel({ dims = [], dtype }) {
  return new FullyConnectedNet({
    inputDim: dims[0] ?? 0,
    hiddenDims: dims.slice(1, -1),
    numClasses: dims.at(-1) ?? 0,
    init: 'he',
    dtype,
    seed: 0,
  });
}

/**
 * @param {Case} one
 * @returns {Workload}
 */
function preparePredict(one) {
  const model = makeModel(one);
  const X = new Tensor(draw(one).X, [one.dataRows ?? 0, model.inputSize]);
  return {
    run(count) {
      /** @type {Int32Array} */
      let values = new Int32Array(0);
      const started = performance.now();
      for (let i = 0; i < count; i++) values = model.predict(X);
      return { seconds: (performance.now() - started) / 1000, values };
    },
    dispose: () => model.dispose(),
  };
}

/**
 * @param {Case} one
 * @returns {Workload}
 */
function prepareLatency(one) {
  const model = makeModel(one);
  const { X } = draw(one);
  const size = model.inputSize;
  const rows = Array.from(
    { length: one.dataRows ?? 0 },
    (_, i) => new Tensor(X.slice(i * size, (i + 1) * size), [1, size]),
  );
  return {
    run(count) {
      const values = new Int32Array(count);
      const started = performance.now();
      for (let i = 0; i < count; i++) {
        values[i] = model.predict(/** @type {Tensor} */ (rows[i % rows.length]))[0] ?? -1;
      }
      return { seconds: (performance.now() - started) / 1000, values };
    },
    dispose: () => model.dispose(),
  };
}

const { backend, isa, threads, version } = backendInfo();
const core = backend === 'native' ? `native, ${isa}, threads: ${threads}` : 'js';
await serve(`gemmnet ${version}, ${core}, Node ${process.version}`, {
  step: prepareStep,
  'bytes step': prepareStep,
  'hogged step': prepareStep,
  allocation: prepareAllocation,
  predict: preparePredict,
  latency: prepareLatency,
  gemm: prepareGemm,
  'by-hand': prepareByHand,
  'by-hand memory': prepareResidentMemory,
});
