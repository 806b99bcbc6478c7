import { isShared } from '../core/built-ins.js';
import { describe, expectation } from '../core/describe.js';
import { dtypeOf, isArrayOf } from '../core/dtype.js';
import { ArgumentError, type DivergenceError, ShapeError, StateError } from '../core/errors.js';
import { allocate, shared } from '../core/memory.js';
import { abortSignal, checkOptions, checkValue, fn, nonNegative, optional } from '../core/options.js';
import { sameShape } from '../core/shape.js';
import type { LabelsLike, Tensor, TensorLike } from '../core/tensor.js';
import type { UpdateRuleName } from '../optim/optimizers.js';
import { BoundProgram, type Buffers } from './bound-program.js';
import { divergenceError } from './divergence.js';
import type { Rows, Target } from './inputs.js';
import { lowerTraining, type Objective } from './lowering.js';
import type { Network } from './network.js';
import type { OptimizerState } from './optimizer-state.js';
import type { ParameterMemory } from './parameter-memory.js';

/** What a training needs: data, labels and the update rule. */
export interface TrainingOptions {
  /** (N, D) of float32, float64 or uint8; used where it lies if on a SharedArrayBuffer, else copied once. */
  readonly X: TensorLike;
  /** N labels (or, for the losses `mse` and `softmaxCrossEntropy`, also (N, C) targets). */
  readonly y: LabelsLike | TensorLike;
  readonly rule: { readonly name: UpdateRuleName; readonly config?: Readonly<Record<string, number>> };
  /** Rows in each batch. */
  readonly batchSize: number;
  /** λ; default: the model's own. */
  readonly reg?: number;
  /** The state of an earlier run of the same rule, to go on with its moments and t. */
  readonly state?: OptimizerState;
}

export interface StepsOptions {
  /** Stops the run before its next step. */
  readonly signal?: AbortSignal;
  /** Called about ten times a second, and at the end, with how many of this call's steps are done, and the last one's loss. */
  readonly onProgress?: (done: number, loss: number) => void;
}

export interface TrainingSteps {
  /** The losses of the steps that were done (`done` values). */
  readonly losses: Float64Array;
  readonly done: number;
  readonly reason: 'finished' | 'aborted' | 'nonFinite';
  /** With `nonFinite`: the error to throw, which names iteration (counted over the whole run) and layer. */
  readonly error?: DivergenceError;
}

/** A training as the model has checked it. */
export interface CheckedTraining {
  /** The model's name, for errors. */
  readonly who: string;
  readonly network: Network;
  readonly objective: Objective;
  readonly memory: ParameterMemory;
  readonly X: Rows;
  readonly target: Target;
  readonly batchSize: number;
  /** The rule's hyper-parameters and `reg`. */
  readonly scalars: Readonly<Record<string, number>>;
  readonly state: OptimizerState;
  /** Frees the model. */
  readonly end: () => void;
}

/** Milliseconds between two looks at how far the run is. */
const progressInterval = 100;

/** A training in progress: holds its model's lock from `model.startTraining` to `end()`. */
export class TrainingRun {
  /** Moments and t of the update rule; hand it to a later run that is to go on with them. */
  readonly state: OptimizerState;
  readonly #training: CheckedTraining;
  readonly #program: BoundProgram;
  #externals: Buffers;
  /** The row indices of a call's batches, on shared memory. */
  #rows = allocate('int32', 0);
  /** Steps done in all calls. */
  #done = 0;
  #status: 'idle' | 'running' | 'ended' = 'idle';

  /** Made by `model.startTraining`. */
  constructor(training: CheckedTraining) {
    const { memory, X, target, state } = training;
    this.#training = training;
    this.state = state;
    this.#externals = {
      data: shared(X.data),
      [target.kind === 'labels' ? 'dataLabels' : 'dataTargets']: shared(target.data),
      optimizer: state.moments,
    };
    this.#program = new BoundProgram(lower(training), memory.buffers);
  }

  /** Whether a call of `steps` is under way. */
  get running(): boolean {
    return this.#status === 'running';
  }

  /**
   * Runs one step for each batch of row indices, off the main thread (a net with a layer written in JavaScript: on it, in slices).
   * @param indices row indices into X, batch after batch: a multiple of batchSize
   * @param learningRates one for each step, or one for all
   * @returns how it ended. After `aborted` and `nonFinite` the model is as the last whole step left it
   * @throws ShapeError, ArgumentError for indices or learning rates that do not fit; then no step is done
   * @throws StateError after `end()`, or while another call runs
   */
  async steps(
    indices: Int32Array,
    learningRates: Float64Array | number,
    options: StepsOptions = {},
  ): Promise<TrainingSteps> {
    const { who, batchSize } = this.#training;
    if (this.#status !== 'idle') {
      throw new StateError(`${who}: expected a training that waits for steps but this one ${this.#state()}`);
    }
    const { signal, onProgress } = checkOptions(`${who}: steps`, options, {
      signal: optional(abortSignal),
      onProgress: optional(fn<NonNullable<StepsOptions['onProgress']>>()),
    });
    this.#checkIndices(indices);
    const count = indices.length / batchSize;
    const rates = this.#checkRates(learningRates, count);
    if (this.#rows.length < indices.length) this.#rows = allocate('int32', indices.length);
    this.#rows.set(indices);

    this.#status = 'running';
    try {
      return await this.#run(count, rates, signal, onProgress);
    } finally {
      this.#status = 'idle';
    }
  }

  /**
   * Trains on other rows from the next `steps` on, as on an augmented copy of the first ones.
   * @param X (N, D), row-major, of the first rows' shape and dtype, on a SharedArrayBuffer
   * @throws ShapeError, ArgumentError for any other
   * @throws StateError after `end()`, or while steps are running
   */
  replaceRows(X: Tensor): void {
    const { who, X: rows } = this.#training;
    if (this.#status !== 'idle') {
      throw new StateError(`${who}: expected a training that waits for steps but this one ${this.#state()}`);
    }
    const dtype = dtypeOf(rows.data);
    if (!sameShape(X.shape, [rows.count, rows.cols]) || X.dtype !== dtype || !X.isContiguous) {
      const expected = `to be ${dtype} rows of shape (${rows.count}, ${rows.cols}), row-major,`;
      throw new ShapeError(expectation(`${who}: the rows`, expected, describe(X)));
    }
    if (!isShared(X.data)) {
      throw new ArgumentError(`${who}: expected the rows to lie on a SharedArrayBuffer`);
    }
    this.#externals = { ...this.#externals, data: X.elements() };
  }

  /**
   * Ends the training and frees the model.
   * @throws StateError while steps are running
   */
  end(): void {
    if (this.#status === 'running') {
      throw new StateError(`${this.#training.who}: expected the steps to have ended but they are running`);
    }
    if (this.#status === 'ended') return;
    this.#status = 'ended';
    this.#training.end();
  }

  async #run(
    count: number,
    learningRates: Float64Array,
    signal: AbortSignal | undefined,
    onProgress: StepsOptions['onProgress'],
  ): Promise<TrainingSteps> {
    const { batchSize, scalars } = this.#training;
    const losses = allocate('float64', count);
    if (signal?.aborted) return { losses: losses.slice(0, 0), done: 0, reason: 'aborted' };
    const executable = this.#program.ready(batchSize);
    this.#program.set(executable.program, { ...scalars, t: this.state.t });
    const binding = this.#program.bind(executable, { ...this.#externals, rows: this.#rows });
    const control = allocate('int32', 2);
    const stop = () => Atomics.store(control, 0, 1);
    // An error of the caller's function ends the run and comes out of it.
    let failure: { readonly error: unknown } | undefined;
    const report = (done: number) => {
      if (failure !== undefined || done === 0) return;
      try {
        onProgress?.(done, losses[done - 1]!);
      } catch (error) {
        failure = { error };
        stop();
      }
    };
    signal?.addEventListener('abort', stop);
    const timer =
      onProgress === undefined
        ? undefined
        : setInterval(() => report(Atomics.load(control, 1)), progressInterval);
    try {
      const result = await executable.runSteps(
        { count, rows: batchSize, learningRates, losses, control },
        binding,
      );
      const { done, reason } = result;
      this.state.t += done;
      this.#done += done;
      report(done);
      if (failure !== undefined) throw failure.error;
      const kept = losses.slice(0, done);
      if (reason !== 'nonFinite') return { losses: kept, done, reason };
      return { losses: kept, done, reason, error: this.#divergence(done, losses[done]!) };
    } finally {
      clearInterval(timer);
      signal?.removeEventListener('abort', stop);
    }
  }

  #divergence(step: number, loss: number): DivergenceError {
    const { who, network, memory, batchSize, scalars } = this.#training;
    const program = new BoundProgram(lower(this.#training), memory.buffers, { keepAll: true });
    const rows = this.#rows.subarray(step * batchSize, (step + 1) * batchSize);
    return divergenceError(
      {
        who,
        iteration: this.#done,
        loss,
        program,
        externals: { ...this.#externals, rows },
        scalars,
        rows: batchSize,
      },
      network,
      memory,
    );
  }

  #checkIndices(indices: unknown): asserts indices is Int32Array {
    const { who, batchSize, X } = this.#training;
    if (!isArrayOf('int32', indices)) {
      throw new ArgumentError(
        `${who}: expected the row indices to be an Int32Array but received ${describe(indices)}`,
      );
    }
    if (indices.length === 0 || indices.length % batchSize !== 0) {
      throw new ShapeError(
        `${who}: expected whole batches of ${batchSize} row indices but received ${indices.length} indices`,
      );
    }
    const bad = indices.findIndex((row) => row < 0 || row >= X.count);
    if (bad >= 0) {
      throw new ArgumentError(
        `${who}: expected row indices in 0 … ${X.count - 1} but received ${indices[bad]} at index ${bad}`,
      );
    }
  }

  #checkRates(rates: unknown, count: number): Float64Array {
    const { who } = this.#training;
    const what = `${who}: the learning rate`;
    if (typeof rates === 'number') {
      return allocate('float64', count).fill(checkValue(what, rates, nonNegative));
    }
    if (!isArrayOf('float64', rates)) {
      throw new ArgumentError(
        `${who}: expected the learning rates to be a Float64Array or a number but received ${describe(rates)}`,
      );
    }
    if (rates.length !== count) {
      throw new ShapeError(`${who}: expected ${count} learning rates but received ${rates.length}`);
    }
    for (const rate of rates) checkValue(what, rate, nonNegative);
    return shared(rates) as Float64Array;
  }

  #state(): string {
    return this.#status === 'running' ? 'is running some' : 'has ended';
  }
}

function lower({ network, objective, state, X, target }: CheckedTraining) {
  const dtype = dtypeOf(X.data) ?? network.dtype;
  return lowerTraining(network, objective, state.rule, { rows: X.count, dtype, target: target.kind });
}
