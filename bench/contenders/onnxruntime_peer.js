import { performance } from 'node:perf_hooks';
import { draw } from './drawing.js';
import { onnxModel } from './onnx_model.js';
import { importPeer, serve } from './serve.js';

/** onnxruntime-node on the CPU with as many threads as the argument says. */

/** @typedef {import('../cases.js').Case} Case */

const { default: onnx } = await importPeer('onnxruntime-node');
const intraOpNumThreads = Number(process.argv[2] ?? 1);

/**
 * @param {Case} one
 * @param {number} rowsOfCall
 * @returns {Promise<{ calls: any[], classify: (x: any) => Promise<BigInt64Array> }>} what each call gets, and the call
 */
async function prepareCalls(one, rowsOfCall) {
  const { X, weights } = draw(one);
  const session = await onnx.InferenceSession.create(onnxModel(weights), {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads,
  });
  const size = (one.dims?.[0] ?? 0) * rowsOfCall;
  const calls = Array.from(
    { length: X.length / size },
    (_, i) => new onnx.Tensor('float32', X.slice(i * size, (i + 1) * size), [rowsOfCall, one.dims?.[0]]),
  );
  return { calls, classify: async (x) => (await session.run({ h0: x })).classes.data };
}

/**
 * @param {Case} one
 * @returns {Promise<import('./serve.js').Workload>}
 */
async function preparePredict(one) {
  const { calls, classify } = await prepareCalls(one, one.dataRows ?? 0);
  return {
    async run(count) {
      /** @type {BigInt64Array} */
      let classes = new BigInt64Array(0);
      const started = performance.now();
      for (let i = 0; i < count; i++) classes = await classify(calls[0]);
      return { seconds: (performance.now() - started) / 1000, values: Array.from(classes, Number) };
    },
  };
}

/**
 * @param {Case} one
 * @returns {Promise<import('./serve.js').Workload>}
 */
async function prepareLatency(one) {
  const { calls, classify } = await prepareCalls(one, 1);
  return {
    async run(count) {
      const values = new Int32Array(count);
      const started = performance.now();
      for (let i = 0; i < count; i++) values[i] = Number((await classify(calls[i % calls.length]))[0]);
      return { seconds: (performance.now() - started) / 1000, values };
    },
  };
}

await serve(
  `onnxruntime ${onnx.env.versions?.node ?? ''}, threads: ${intraOpNumThreads}, Node ${process.version}`,
  {
    predict: preparePredict,
    latency: prepareLatency,
  },
);
