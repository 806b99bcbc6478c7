import { BoundProgram, type Buffers } from '../../backend/bound-program.js';
import { isShared } from '../../core/built-ins.js';
import type { Callback } from '../../core/callback.js';
import { describe, expectation } from '../../core/describe.js';
import { dtypeOf, isArrayOf } from '../../core/dtype.js';
import { ArgumentError, DivergenceError, ShapeError, StateError } from '../../core/errors.js';
import { allocate, shared } from '../../core/memory.js';
import { abortSignal, checkOptions, checkValue, fn, nonNegative, optional } from '../../core/options.js';
import { sameShape } from '../../core/tensors/shape.js';
import type { LabelsLike, Tensor, TensorLike } from '../../core/tensors/tensor.js';
import type { GradientClip } from '../../optim/gradient-clip.js';
import type { Hyperparameters, UpdateRuleName } from '../../optim/update-rules.js';
import { dataAimOf, formOf, type Rows, type Target } from '../inputs.js';
import { lowerTraining, type Objective } from '../lowering.js';
import type { Network } from '../network.js';
import type { ParameterMemory } from '../parameter-memory.js';
import type { Chance } from './chance.js';
import { divergenceAdvice, divergenceError, nonFiniteParameter } from './divergence.js';
import type { OptimizerState } from './optimizer-state.js';
import { Pace } from './pace.js';
import { type DoneSteps, Rewind } from './rewind.js';

/** An update rule and its hyper-parameters; defaults for those left out. */
export type TrainingRule = {
  [Name in UpdateRuleName]: { readonly name: Name; readonly config?: Hyperparameters<Name> };
}[UpdateRuleName];

/** What a training needs: data, labels and the update rule. */
export interface TrainingOptions {
  /** (N, D) of float32, float64, int32 or uint8; used where it lies if on a SharedArrayBuffer, else copied once. */
  readonly X: TensorLike;
  /** N labels or one-hot rows (or, for the losses `mse` and `softmaxCrossEntropy`, also (N, C) targets). */
  readonly y: LabelsLike | TensorLike;
  readonly rule: TrainingRule;
  /** N numbers from 0 on that the losses of the rows are multiplied by: the loss of a batch is Σ weight·loss / rows. */
  readonly sampleWeight?: LabelsLike | TensorLike;
  /** Rows in each batch. */
  readonly batchSize: number;
  /** λ; default: the model's own. */
  readonly reg?: number;
  /** Default: gradients are left as they are. */
  readonly gradientClip?: GradientClip;
  /** The state of an earlier run of the same rule, to go on with its moments and t. */
  readonly state?: OptimizerState;
}

export interface StepsOptions {
  /** Stops the run before its next step. */
  readonly signal?: AbortSignal;
  /**
   * Called about ten times a second, and at the end, with how many of this call's steps are done, and the last one's loss. The steps
   * wait for a promise that it returns.
   */
  readonly onProgress?: Callback<[done: number, loss: number]>;
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
  readonly chance: Chance;
  readonly X: Rows;
  readonly target: Target;
  readonly batchSize: number;
  readonly clip: GradientClip | undefined;
  /** The rule's hyper-parameters, `reg` and what clips. */
  readonly scalars: Readonly<Record<string, number>>;
  readonly state: OptimizerState;
  /** Frees the model. */
  readonly end: () => void;
}

/** A training in progress: holds its model's lock from `model.startTraining` to `end()`. */
export class TrainingRun {
  /** Moments and t of the update rule; hand it to a later run that is to go on with them. */
  readonly state: OptimizerState;
  readonly #training: CheckedTraining;
  readonly #program: BoundProgram;
  readonly #pace: Pace;
  readonly #rewind: Rewind;
  #externals: Buffers;
  /** The row indices of a slice's batches, on shared memory. */
  #rows = allocate('int32', 0);
  /** Steps done in all calls. */
  #done = 0;
  #status: 'idle' | 'running' | 'ended' = 'idle';

  /** Made by `model.startTraining`. */
  constructor(training: CheckedTraining) {
    const { network, memory, chance, X, target, batchSize, state } = training;
    this.#training = training;
    this.state = state;
    this.#pace = new Pace(batchSize);
    const parameters = memory.buffer.subarray(0, network.parameterLength);
    this.#rewind = new Rewind([parameters, memory.stateBuffer], state, chance);
    this.#externals = {
      data: shared(X.data),
      ...dataAimOf(target),
      optimizer: state.moments,
    };
    this.#program = new BoundProgram(lower(training), memory.buffers);
  }

  /** How many of the `remaining` steps, at least one, are done in a tenth of a second: no progress is reported amid so few. */
  stepsWithin(remaining: number): number {
    return this.#pace.stepsWithin(remaining);
  }

  /** Of the last slice of steps; 0 before the first. */
  get stepsPerSecond(): number {
    return this.#pace.stepsPerSecond;
  }

  /**
   * Makes sure that the last step, whose parameters have had no loss yet, left no NaN and no infinity.
   * @throws DivergenceError where it did; the model has its last good parameters then
   */
  async confirm(): Promise<void> {
    const { who, network, memory } = this.#training;
    const bad = nonFiniteParameter(network, memory);
    if (bad === undefined || this.#done === 0) return;
    await this.#goBack();
    throw new DivergenceError(
      `${who}: after iteration ${this.#done - 1}, ${bad} is not finite. ${divergenceAdvice}`,
      this.#done,
    );
  }

  /** Whether a call of `steps` is under way. */
  get running(): boolean {
    return this.#status === 'running';
  }

  /**
   * Runs one step for each batch of row indices, off the main thread (a net with a layer written in JavaScript: on it, in slices).
   * Where a loss is NaN or infinite, the model gets back its last good parameters, those whose loss was the last finite one, with the
   * moments and the t of then.
   * @param indices row indices into X, batch after batch: a multiple of batchSize
   * @param learningRates one for each step, or one for all
   * @returns how it ended. After `aborted` the model is as the last whole step left it
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
      onProgress: optional(fn<Callback<[done: number, loss: number]>>()),
    });
    this.#checkIndices(indices);
    const count = indices.length / batchSize;
    const rates = this.#checkRates(learningRates, count);
    this.#status = 'running';
    try {
      return await this.#run(indices.slice(), rates, signal, onProgress);
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
    this.#rewind.forgetRows();
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

  /** The steps in slices of a fraction of a second, between which progress is reported. */
  async #run(
    indices: Int32Array,
    learningRates: Float64Array,
    signal: AbortSignal | undefined,
    onProgress: StepsOptions['onProgress'],
  ): Promise<TrainingSteps> {
    const { batchSize } = this.#training;
    const count = learningRates.length;
    const losses = new Float64Array(count);
    const control = allocate('int32', 2);
    const stop = () => Atomics.store(control, 0, 1);
    let done = 0;
    const end = async (reason: TrainingSteps['reason'], error?: DivergenceError): Promise<TrainingSteps> => {
      if (done > 0) await onProgress?.(done, losses[done - 1]!);
      return { losses: losses.slice(0, done), done, reason, ...(error === undefined ? {} : { error }) };
    };
    signal?.addEventListener('abort', stop);
    try {
      while (done < count) {
        if (signal?.aborted) return await end('aborted');
        const size = this.stepsWithin(count - done);
        const slice = {
          indices: indices.slice(done * batchSize, (done + size) * batchSize),
          learningRates: learningRates.subarray(done, done + size),
        };
        this.#rewind.mark();
        const started = performance.now();
        const { reason, losses: made, loss } = await this.#runSlice(slice, control);
        const seconds = (performance.now() - started) / 1000;
        this.#pace.record(made.length, seconds);
        this.#rewind.record(
          { ...slice, indices: slice.indices.subarray(0, made.length * batchSize), losses: made },
          seconds,
        );
        losses.set(made, done);
        done += made.length;
        this.#done += made.length;
        if (reason === 'nonFinite') {
          const error = this.#divergence(slice.indices.subarray(made.length * batchSize), loss);
          await this.#goBack();
          return await end(reason, error);
        }
        if (reason === 'aborted') return await end(reason);
        if (done < count) await onProgress?.(done, losses[done - 1]!);
      }
      return await end('finished');
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** One call of the backend. `loss` is that of the step after those that were done. */
  async #runSlice(
    { indices, learningRates }: Omit<DoneSteps, 'losses'>,
    control: Int32Array,
  ): Promise<{ reason: TrainingSteps['reason']; losses: Float64Array; loss: number }> {
    const { batchSize, scalars, chance } = this.#training;
    const { length: count } = learningRates;
    if (this.#rows.length < indices.length) this.#rows = allocate('int32', indices.length);
    this.#rows.set(indices);
    const names = ['learningRate', 't', 'step'];
    const values = allocate('float64', count * names.length);
    for (const [i, rate] of learningRates.entries()) {
      values.set([rate, this.state.t + 1 + i, chance.step + i], i * names.length);
    }
    const losses = allocate('float64', count);
    const executable = this.#program.ready(batchSize);
    this.#program.set(executable.program, { ...scalars, seed: chance.seed });
    const binding = this.#program.bind(executable, { ...this.#externals, rows: this.#rows });
    const steps = { count, rows: batchSize, stepped: { names, values }, losses, control };
    const { done, reason } = await executable.runSteps(steps, binding);
    this.state.t += done;
    chance.step += done;
    return { reason, losses: losses.slice(0, done), loss: losses[done] ?? Number.NaN };
  }

  #goBack(): Promise<void> {
    const { batchSize, scalars, chance } = this.#training;
    return this.#rewind.goBack({
      steps: async (steps) => (await this.#runSlice(steps, allocate('int32', 2))).losses,
      loss: (indices) => {
        const rows = allocate('int32', batchSize);
        rows.set(indices);
        this.#program.run(batchSize, { ...this.#externals, rows }, { ...scalars, ...chance.at() }, [
          'batch',
          'forward',
          'loss',
        ]);
        return this.#program.scalar('loss');
      },
    });
  }

  #divergence(indices: Int32Array, loss: number): DivergenceError {
    const { who, network, memory, chance, batchSize, scalars, X } = this.#training;
    const program = new BoundProgram(lower(this.#training), memory.buffers, { keepAll: true });
    const rows = allocate('int32', batchSize);
    rows.set(indices.subarray(0, batchSize));
    return divergenceError(
      {
        who,
        iteration: this.#done,
        loss,
        program,
        externals: { ...this.#externals, rows },
        scalars: { ...scalars, ...chance.at() },
        data: { ...X, data: this.#externals.data! },
        batch: rows,
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

function lower({ network, objective, state, X, target, clip }: CheckedTraining) {
  // Without a preparation too, rows are gathered from what was given.
  const dtype = dtypeOf(X.data) ?? network.dtype;
  const data = { rows: X.count, dtype, target: formOf(target) };
  return lowerTraining(network, objective, state.rule, data, clip);
}
