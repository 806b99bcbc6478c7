import { performance } from 'node:perf_hooks';
import { allocate, currentBackend, ProgramBuilder } from '../../dist/benchmarks.js';

/** Multiples of 1/8 in −1 … 1, the same as those of gemm_peers.c. @type {(length: number, seed: number) => Float32Array} */
function operand(length, seed) {
  const values = allocate('float32', length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = (((state >>> 16) % 17) - 8) / 8;
  }
  return values;
}

/**
 * A program of this one instruction, run over and over as the steps of a training are.
 *
 * @param {import('../cases.js').Case} one
 * @returns {import('./serve.js').Workload}
 */
export function prepareGemm({ op = 'gemm_nn', m = 0, n = 0, k = 0 }) {
  const builder = new ProgramBuilder('float32');
  const a = op === 'gemm_tn' ? builder.external('a', k, m) : builder.external('a', m, k);
  const b = op === 'gemm_nt' ? builder.external('b', n, k) : builder.external('b', k, n);
  const c = builder.external('c', m, n);
  builder.emit(op, { a, b, c }, { alpha: 1, beta: 0 });
  const executable = currentBackend().compile(builder.build({ capacity: 1 }));
  const result = operand(m * n, 3);
  const scalars = allocate('float64', executable.program.scalars.length);
  scalars.set(executable.program.scalars.map(({ value }) => value));
  const binding = { buffers: [operand(m * k, 1), operand(k * n, 2), result], scalars };
  return {
    async run(count) {
      const stepped = { names: [], values: allocate('float64', 0) };
      const losses = allocate('float64', count);
      const steps = { count, rows: 1, stepped, losses, control: allocate('int32', 2) };
      const started = performance.now();
      await executable.runSteps(steps, binding);
      return { seconds: (performance.now() - started) / 1000, values: weightedSums(result) };
    },
  };
}

/**
 * Weights that tell rows and columns apart; all exact.
 *
 * @param {Float32Array} c
 */
function weightedSums(c) {
  return [7, 8, 9].map((period) => {
    let sum = 0;
    for (let i = 0; i < c.length; i++) sum += ((i % period) + 1) * (c[i] ?? 0);
    return sum;
  });
}
