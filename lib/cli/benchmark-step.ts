import { performance } from 'node:perf_hooks';
import { allocate } from '../core/memory.js';
import { RandomState } from '../core/random/random-state.js';
import { Tensor } from '../core/tensors/tensor.js';
import { Preparation } from '../data/preparation/preparation.js';
import { FullyConnectedNet } from '../models/fully-connected-net.js';
import type { TrainingRun } from '../net/training/training-run.js';
import type { BenchmarkCase } from './benchmark-cases.js';

/** Rows of the data set from which the batches are gathered: too many for the caches. */
export const numRows = 5_000;

/**
 * A case made ready on the current backend: data, weights and batches from fixed seeds, so that whoever draws from the same
 * NumPy stream computes the same losses.
 */
export class BenchmarkStep {
  readonly #case: BenchmarkCase;
  readonly #model: FullyConnectedNet;
  readonly #run: TrainingRun;
  readonly #batches = new RandomState(2);

  constructor(one: BenchmarkCase) {
    const { dims, dtype, reg, updateRule, learningRate, batchSize, bytes = false } = one;
    this.#case = one;
    const rng = new RandomState(1);
    const inputDim = dims[0]!;
    const numClasses = dims.at(-1)!;
    const pixels = rng.randint(256, numRows * inputDim);
    // Multiples of 1/64 in −2 … 2: exact in float32, so that every contender has the same bits.
    const constants = (value: number) => new Float64Array(inputDim).fill(value);
    const preparation = Preparation.shiftScale(constants(128), constants(1 / 64));
    const X = allocate(bytes ? 'uint8' : dtype, pixels.length);
    for (let i = 0; i < pixels.length; i++) X[i] = bytes ? pixels[i]! : (pixels[i]! - 128) / 64;
    this.#model = new FullyConnectedNet({
      inputDim,
      hiddenDims: dims.slice(1, -1),
      numClasses,
      init: 'he',
      reg,
      dtype,
      seed: 0,
      ...(bytes ? { preparation } : {}),
    });
    this.#run = this.#model.startTraining({
      X: new Tensor(X, [numRows, inputDim]),
      y: rng.randint(numClasses, numRows),
      rule: { name: updateRule, config: { learningRate } },
      batchSize,
    });
  }

  /** The rows of the next batches. */
  draw(steps: number): Int32Array {
    return this.#batches.choice(numRows, steps * this.#case.batchSize);
  }

  /** Trains; the batches are drawn before the clock starts. */
  async run(steps: number): Promise<{ readonly seconds: number; readonly losses: Float64Array }> {
    return this.train(this.draw(steps));
  }

  /** Trains on these batches. */
  async train(rows: Int32Array): Promise<{ readonly seconds: number; readonly losses: Float64Array }> {
    const started = performance.now();
    const { losses, error } = await this.#run.steps(rows, this.#case.learningRate);
    const seconds = (performance.now() - started) / 1000;
    if (error !== undefined) throw error;
    return { seconds, losses };
  }

  dispose(): void {
    this.#run.end();
    this.#model.dispose();
  }
}
