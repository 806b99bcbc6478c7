import process from 'node:process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BoundProgram } from '../../backend/bound-program.js';
import { isShared } from '../../core/built-ins.js';
import { type Dtype, dtypeOf, type FloatDtype, type TypedArray } from '../../core/dtype.js';
import { StateError } from '../../core/errors.js';
import { allocateResult } from '../../core/memory.js';
import { firstNonFinite } from '../../core/tensors/finite.js';
import { Tensor } from '../../core/tensors/tensor.js';
import {
  aimOf,
  dataAimOf,
  formOf,
  inputDtype,
  inputRows,
  pickedRows,
  type Rows,
  Scratch,
  type Target,
} from '../inputs.js';
import {
  type InferenceData,
  lowerEvaluation,
  lowerInference,
  lowerPredictions,
  lowerScores,
  type Objective,
  type TargetForm,
} from '../lowering.js';
import type { Network } from '../network.js';
import type { ParameterMemory } from '../parameter-memory.js';
import { sumOfShares } from '../row-weights.js';
import { nonFiniteParameter } from '../training/divergence.js';
import { assertFiniteRows, assertFloat32Rows, nonFiniteMessage, nonFiniteRows } from './finite.js';
import { type InferredRows, inferRows } from './inference-run.js';
import { OneRowPredictor } from './one-row.js';

/** Rows that predictions and scores are computed for at once: few enough for the caches, many enough for the kernels. */
const evaluationRows = 1024;

const mostInferencePrograms = 4;

/** The model as an evaluation sees it. */
export interface EvaluatedModel {
  readonly network: Network;
  readonly objective: Objective;
  readonly memory: ParameterMemory;
  /** Its program of that name, lowered when it is first asked for. */
  program(name: string, lower: () => ConstructorParameters<typeof BoundProgram>[0]): BoundProgram;
}

/** How an evaluation goes over the rows. */
export interface Chunks {
  /** Which rows; default all. */
  readonly picked?: Int32Array | undefined;
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
}

/** How good the numbers are that a net predicts. */
export interface Regression {
  /** The mean loss over the rows, without regularization. */
  readonly loss: number;
  /** R², the coefficient of determination: 1 for the true numbers, 0 for always their mean; the average over the outputs. */
  readonly r2: number;
}

/**
 * Scores, predictions and how good they are. All of it is computed in chunks, and nothing is changed by it. Rows that are not finite
 * are noticed by the scores that they have, and looked for only then.
 */
export class Evaluation {
  readonly #model: EvaluatedModel;
  readonly #dtype: FloatDtype;
  readonly #numClasses: number;
  readonly #inputs = new Scratch();
  readonly #scores = new Scratch();
  readonly #inference: { readonly of: InferenceData; readonly program: BoundProgram }[] = [];
  /** Ends when the last evaluation off the main thread has. */
  #running: Promise<void> = Promise.resolve();
  /** By the dtype of the row. */
  readonly #oneRow = new Map<Dtype, OneRowPredictor>();

  constructor(model: EvaluatedModel) {
    const { dtype, outputSize } = model.network;
    this.#model = model;
    this.#dtype = dtype;
    this.#numClasses = outputSize;
  }

  /**
   * @param what names the rows in errors: `TwoLayerNet.loss: X`
   * @returns (N, numClasses)
   * @throws ArgumentError where the rows hold a NaN or an infinity that shows in the scores
   */
  scores(rows: Rows, what: string): Tensor {
    const cols = this.#numClasses;
    const scores = allocateResult(this.#dtype, rows.count * cols);
    const { network } = this.#model;
    const dtype = inputDtype(network, rows.data);
    const program = this.#model.program(`scores ${dtype}`, () => lowerScores(network, dtype));
    for (let first = 0; first < rows.count; first += evaluationRows) {
      const last = Math.min(first + evaluationRows, rows.count);
      const part = scores.subarray(first * cols, last * cols);
      program.run(last - first, { x: inputRows(rows, first, last, network, this.#inputs), scores: part });
      if (firstNonFinite(part) >= 0) this.explain(rows, what);
    }
    return new Tensor(scores, [rows.count, cols]);
  }

  /**
   * The class with the highest score, row by row. A row with a NaN or an infinity has none: −1, with a warning of the process.
   * @throws ArgumentError where no row is better; StateError where a parameter is not finite
   */
  predict(rows: Rows, what: string): Int32Array {
    if (rows.count === 1) return Int32Array.of(this.#predictRow(rows, what));
    const predictions = new Int32Array(rows.count);
    let sure = true;
    for (let first = 0; first < rows.count; first += evaluationRows) {
      const last = Math.min(first + evaluationRows, rows.count);
      const x = inputRows(rows, first, last, this.#model.network, this.#inputs);
      sure = this.#predictInto(predictions.subarray(first, last), x) && sure;
    }
    if (!sure) this.#takeClassFromBadRows(predictions, rows, what);
    return predictions;
  }

  /**
   * The fraction of the rows whose predicted class is that of `classes`.
   * @throws ArgumentError as {@link scores}; StateError where a parameter is not finite; the signal's reason
   */
  async accuracy(rows: Rows, classes: Int32Array, what: string, chunks: Chunks): Promise<number> {
    let right = 0;
    if (isShared(rows.data)) {
      await this.#infer(rows, undefined, chunks, ({ first, size, predictions, scores }) => {
        for (let i = 0; i < size; i++) {
          const label = predictions[i]!;
          if (!Number.isFinite(scores[i * this.#numClasses + label])) this.#explainPrediction(rows, what);
          if (label === classes[chunks.picked?.[first + i] ?? first + i]) right++;
        }
      });
      return right / (chunks.picked?.length ?? rows.count);
    }
    const predictions = new Int32Array(Math.min(chunks.batchSize, chunks.picked?.length ?? rows.count));
    const count = await this.#inChunks(rows, chunks, (x, size, rowOf) => {
      const predicted = predictions.subarray(0, size);
      if (!this.#predictInto(predicted, x)) this.#explainPrediction(rows, what);
      for (let i = 0; i < size; i++) if (predicted[i] === classes[rowOf(i)]) right++;
    });
    return right / count;
  }

  /** The mean loss over the rows, without regularization; throws as {@link scores}, and the signal's reason. */
  async loss(rows: Rows, target: Target, what: string, chunks: Chunks): Promise<number> {
    const sums = { loss: 0, share: 0 };
    await this.#inChunks(rows, chunks, (x, size, rowOf) => {
      const { loss, share } = this.#lossOfChunk(x, size, rowOf, target, rows, what);
      sums.loss += share * loss;
      sums.share += share;
    });
    return sums.share === 0 ? 0 : sums.loss / sums.share;
  }

  /**
   * The mean loss, and the part of the yes-or-no answers, those whose score is above 0, that are those of the targets.
   * @param target (N, targetCols) numbers, yes from ½ on
   */
  async answers(
    rows: Rows,
    target: Target,
    what: string,
    chunks: Chunks,
  ): Promise<{ readonly loss: number; readonly accuracy: number }> {
    const cols = this.#numClasses;
    let right = 0;
    const loss = await this.#lossAndScores(rows, target, what, chunks, (scores, size, rowOf) => {
      for (let i = 0; i < size * cols; i++) {
        const truth = target.data[rowOf(Math.floor(i / cols)) * cols + (i % cols)]!;
        if (scores[i]! > 0 === truth >= 0.5) right++;
      }
    });
    return { loss, accuracy: right / ((chunks.picked?.length ?? rows.count) * cols) };
  }

  /**
   * How good the predicted numbers are. Where an output's true numbers are all the same, its R² is 1 if they are met exactly, else 0,
   * as scikit-learn's `r2_score` has it.
   * @param target (N, targetCols) numbers
   */
  async regression(rows: Rows, target: Target, what: string, chunks: Chunks): Promise<Regression> {
    const outputs = this.#numClasses;
    const { loss: objective } = this.#model.objective;
    const { data: targets } = target;
    const cols = objective.targetCols(outputs);
    const predictions = Array.from({ length: cols }, (_, j) => objective.prediction(j, outputs));
    const sums = { residual: new Float64Array(cols), total: new Float64Array(cols) };
    const means = columnMeans(targets, cols, chunks.picked);
    const add = (scores: TypedArray, size: number, rowOf: (i: number) => number) => {
      for (let i = 0; i < size * cols; i++) {
        const [row, j] = [Math.floor(i / cols), i % cols];
        const { col, of } = predictions[j]!;
        const score = scores[row * outputs + col]!;
        const truth = targets[rowOf(row) * cols + j]!;
        sums.residual[j]! += (truth - (of === undefined ? score : of(score))) ** 2;
        sums.total[j]! += (truth - means[j]!) ** 2;
      }
    };
    const loss = await this.#lossAndScores(rows, target, what, chunks, add);
    const r2 = sums.residual.map((residual, j) => {
      const total = sums.total[j]!;
      return total === 0 ? Number(residual === 0) : 1 - residual / total;
    });
    return { loss, r2: r2.reduce((sum, each) => sum + each, 0) / cols };
  }

  /**
   * The mean loss over the rows, and `add` with the scores of one part of them after another; off the main thread where the rows lie on
   * shared memory.
   */
  async #lossAndScores(
    rows: Rows,
    target: Target,
    what: string,
    chunks: Chunks,
    add: (scores: TypedArray, size: number, rowOf: (i: number) => number) => void,
  ): Promise<number> {
    const sums = { loss: 0, share: 0 };
    if (isShared(rows.data)) {
      await this.#infer(rows, target, chunks, ({ first, size, batch, scores, losses }) => {
        const rowOf = (i: number) => chunks.picked?.[first + i] ?? first + i;
        for (const [k, loss] of losses.entries()) {
          if (!Number.isFinite(loss)) this.explain(rows, what);
          const share = sumOfShares(target.weights, batch, (i) => rowOf(k * batch + i));
          sums.loss += share * loss;
          sums.share += share;
        }
        add(scores, size, rowOf);
      });
    } else {
      await this.#inChunks(rows, chunks, (x, size, rowOf) => {
        const { loss, share } = this.#lossOfChunk(x, size, rowOf, target, rows, what);
        sums.loss += share * loss;
        sums.share += share;
        add(this.#scores.array(this.#dtype, size * this.#numClasses), size, rowOf);
      });
    }
    return sums.share === 0 ? 0 : sums.loss / sums.share;
  }

  /**
   * For whoever found something that is not finite in what the rows became.
   * @throws ArgumentError where the rows are why
   */
  explain(rows: Rows, what: string): void {
    assertFiniteRows(rows, what);
    const { preparation } = this.#model.network;
    if (preparation === undefined) {
      assertFloat32Rows(rows, what, this.#dtype);
    } else {
      const at = what.lastIndexOf(': ');
      preparation.refuseOverflow(what.slice(0, at), what.slice(at + 2), rows.data);
    }
  }

  /** Off the main thread: for rows on shared memory, which nobody can take away meanwhile. One after another, as they share a workspace. */
  async #infer(
    rows: Rows,
    target: Target | undefined,
    { picked, batchSize, signal }: Chunks,
    use: (part: InferredRows) => void,
  ): Promise<void> {
    const dtype = dtypeOf(rows.data)!;
    const count = rows.count;
    const form = target && formOf(target);
    const program = this.#inferenceProgram({ rows: count, dtype, target: form });
    const request = {
      program,
      externals: {
        data: rows.data,
        ...(target && dataAimOf(target)),
      },
      dtype: this.#dtype,
      cols: this.#numClasses,
      count: picked?.length ?? count,
      picked,
      batchSize,
      signal,
    };
    const run = this.#running.then(() => inferRows(request, use));
    this.#running = run.catch(() => {});
    await run;
  }

  /** A training measures itself on two sets, again and again: the programs of a few are kept. */
  #inferenceProgram(data: InferenceData): BoundProgram {
    const { network, objective, memory } = this.#model;
    const isSame = (of: InferenceData) =>
      of.rows === data.rows && of.dtype === data.dtype && isSameForm(of.target, data.target);
    const known = this.#inference.find(({ of }) => isSame(of));
    if (known !== undefined) return known.program;
    const program = new BoundProgram(lowerInference(network, objective, data), memory.buffers);
    if (this.#inference.length === mostInferencePrograms) this.#inference.shift();
    this.#inference.push({ of: data, program });
    return program;
  }

  #predictRow(rows: Rows, what: string): number {
    const { network } = this.#model;
    const dtype = inputDtype(network, rows.data);
    let predictor = this.#oneRow.get(dtype);
    if (predictor === undefined) {
      predictor = new OneRowPredictor(this.#predictionProgram(dtype), network, dtype);
      this.#oneRow.set(dtype, predictor);
    }
    const label = predictor.predict(rows.data);
    if (!predictor.isSure) this.#explainPrediction(rows, what);
    return label;
  }

  #predictionProgram(dtype: Dtype): BoundProgram {
    return this.#model.program(`predictions ${dtype}`, () => lowerPredictions(this.#model.network, dtype));
  }

  /** @returns whether the highest score of every row is finite */
  #predictInto(predictions: Int32Array, x: TypedArray): boolean {
    const { length: size } = predictions;
    const cols = this.#numClasses;
    const scores = this.#scores.array(this.#dtype, size * cols);
    this.#predictionProgram(inputDtype(this.#model.network, x)).run(size, { x, predictions, scores });
    return predictions.every((label, i) => Number.isFinite(scores[i * cols + label]));
  }

  #takeClassFromBadRows(predictions: Int32Array, rows: Rows, what: string): void {
    const bad = nonFiniteRows(rows);
    if (bad.length === 0 || bad.length === rows.count) this.#explainPrediction(rows, what);
    if (bad.length === 0) return;
    for (const row of bad) predictions[row] = -1;
    const others = bad.length === 1 ? '' : `, and others in ${bad.length - 1} more rows`;
    process.emitWarning(
      `${nonFiniteMessage(rows, what)}${others}; such rows get the class −1`,
      'GemmnetWarning',
    );
  }

  /** The highest score of a row is NaN or infinite. Where nothing but an overflow is why, the class stands. */
  #explainPrediction(rows: Rows, what: string): void {
    this.explain(rows, what);
    const { network, memory } = this.#model;
    const bad = nonFiniteParameter(network, memory);
    if (bad === undefined) return;
    const who = what.slice(0, what.lastIndexOf(': '));
    throw new StateError(`${who}: expected a model of finite parameters but ${bad} is not finite`);
  }

  /** The mean loss over rows x, and what its sum was divided by. Their scores are left in the memory for scores. */
  #lossOfChunk(
    x: TypedArray,
    size: number,
    rowOf: (i: number) => number,
    target: Target,
    rows: Rows,
    what: string,
  ): { readonly loss: number; readonly share: number } {
    const { network, objective } = this.#model;
    const { kind, data, weights } = target;
    const dtype = inputDtype(network, x);
    const form = formOf(target);
    const program = this.#model.program(`evaluation ${form.key} ${dtype}`, () =>
      lowerEvaluation(network, objective, form, dtype),
    );
    const pick = (from: TypedArray, type: Dtype, width: number): TypedArray => {
      const picked = allocateResult(type, size * width);
      for (let i = 0; i < size; i++)
        picked.set(from.subarray(rowOf(i) * width, (rowOf(i) + 1) * width), i * width);
      return picked;
    };
    const isLabels = kind === 'labels';
    const width = isLabels ? 1 : objective.loss.targetCols(this.#numClasses);
    const part: Target = {
      kind,
      data: pick(data, isLabels ? 'int32' : this.#dtype, width),
      weights: weights && pick(weights, this.#dtype, 2),
    };
    const scores = this.#scores.array(this.#dtype, size * this.#numClasses);
    program.run(size, { x, ...aimOf(part), scores });
    const loss = program.scalar('loss');
    if (!Number.isFinite(loss)) this.explain(rows, what);
    return { loss, share: sumOfShares(part.weights, size) };
  }

  /** Calls `use` with the rows of one chunk after another; between two, the event loop turns. */
  async #inChunks(
    rows: Rows,
    { picked, batchSize, signal }: Chunks,
    use: (x: TypedArray, size: number, rowOf: (i: number) => number) => void,
  ): Promise<number> {
    const { network } = this.#model;
    const count = picked?.length ?? rows.count;
    for (let first = 0; first < count; first += batchSize) {
      signal?.throwIfAborted();
      if (first > 0) await nextTurn();
      const last = Math.min(first + batchSize, count);
      const part = picked?.subarray(first, last);
      const x =
        part === undefined
          ? inputRows(rows, first, last, network, this.#inputs)
          : pickedRows(rows, part, network, this.#inputs);
      use(x, last - first, (i) => part?.[i] ?? first + i);
    }
    return count;
  }
}

function columnMeans(values: TypedArray, cols: number, picked: Int32Array | undefined): Float64Array {
  const count = picked?.length ?? values.length / cols;
  const means = new Float64Array(cols);
  for (let i = 0; i < count; i++) {
    const row = picked?.[i] ?? i;
    for (let j = 0; j < cols; j++) means[j]! += values[row * cols + j]!;
  }
  return means.map((sum) => sum / count);
}

function isSameForm(a: TargetForm | undefined, b: TargetForm | undefined): boolean {
  return a?.kind === b?.kind && a?.weighted === b?.weighted;
}
