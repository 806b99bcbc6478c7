// What `bench/` times beside the package's own exports; not packed.

export { currentBackend } from './backend/index.js';
export { type BenchmarkCase, benchmarkCases, describeCase, matches } from './cli/benchmark-cases.js';
export { BenchmarkStep, numRows } from './cli/benchmark-step.js';
export { allocate } from './core/memory.js';
export { ProgramBuilder } from './ops/builder.js';
