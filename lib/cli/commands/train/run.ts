import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { backendInfo } from '../../../backend/index.js';
import type { Tensor } from '../../../core/tensors/tensor.js';
import { Preparation } from '../../../data/preparation/preparation.js';
import { FullyConnectedNet } from '../../../models/fully-connected-net.js';
import type { Parameters } from '../../../models/model-options.js';
import { historyToCsv } from '../../../train/history.js';
import { Solver } from '../../../train/solver.js';
import { digits } from '../../data-flag.js';
import { type DataSet, loadDataSet } from '../../data-sets.js';
import { ProgressLine, percent } from '../../progress-line.js';
import { makeRunFolder } from '../../run-folder.js';
import type { Terminal } from '../../terminal.js';
import { useMachine } from '../../use-machine.js';
import type { TrainValues } from './command.js';
import { drawHistory, drawTestPictures } from './drawings.js';

export async function run(values: TrainValues, terminal: Terminal): Promise<void> {
  useMachine(values);
  const source = values.data ?? digits;
  const { hidden = [250], epochs = 30, batchSize = 20, updateRule = 'adam', lrDecay = 0.95 } = values;
  const { seed = 0, dtype = 'float32', reg = 1e-4, weightScale, lr } = values;
  const data = await loadDataSet(source);
  const { XTrain, yTrain, XVal, yVal, XTest, yTest } = data;
  const preparation = preparationOf(XTrain, values.subtractMean ?? false, values.divide ?? data.maxPixel);
  const model = new FullyConnectedNet({
    inputDim: XTrain.shape[1] ?? 0,
    hiddenDims: hidden,
    numClasses: data.numClasses,
    reg,
    dtype,
    seed,
    ...(weightScale === undefined ? { init: 'he' } : { weightScale }),
    ...(preparation === undefined ? {} : { preparation }),
  });
  const optimConfig = lr === undefined ? {} : { learningRate: lr };
  const solver = new Solver(
    model,
    { XTrain, yTrain, XVal, yVal },
    { updateRule, optimConfig, lrDecay, numEpochs: epochs, batchSize, verbose: false },
  );
  // Before the training, so that a folder that cannot be made costs no training.
  const folder = await makeRunFolder(values.out, new Date());
  const machine = backendInfo();
  terminal.err(`${describeRun(source.name, data, hidden, machine)}\n`);

  const seconds = await trainUntilDoneOrStopped(solver, terminal);
  const aborted = terminal.signal.aborted;
  const testAcc = await model.accuracy(XTest, yTest);

  const modelFile = join(folder.path, 'model.safetensors');
  await model.save(modelFile);
  const result = {
    data: source.name,
    hidden,
    updateRule,
    seed,
    dtype,
    backend: machine.backend,
    aborted,
    epochs: solver.epoch,
    iterations: solver.lossHistory.length,
    seconds,
    bestValAcc: solver.bestValAcc,
    testAcc,
  };
  await folder.write('history.json', `${JSON.stringify({ ...result, ...solver.history })}\n`);
  await folder.write('history.csv', historyToCsv(solver.history));

  if (values.json) return terminal.out(JSON.stringify({ ...result, folder: folder.path, model: modelFile }));
  const { interactive, canvas } = terminal;
  if (interactive && canvas !== undefined) {
    const pictures = await drawTestPictures(model, data, canvas);
    for (const line of [...drawHistory(solver.history, canvas), '', ...pictures, '']) terminal.out(line);
  }
  const { iterations } = result;
  if (aborted) terminal.out('Stopped; the model is as it was then.');
  terminal.out(
    `${iterations} steps in ${seconds.toFixed(1)} s, validation accuracy ${percent(solver.bestValAcc)}`,
  );
  terminal.out(`test accuracy ${percent(testAcc)}`);
  terminal.out(`wrote ${folder.path}: model.safetensors, history.json, history.csv`);
}

/** (x − mean) / divisor; undefined where that is x. */
function preparationOf(XTrain: Tensor, subtractMean: boolean, divisor: number): Preparation | undefined {
  const steps = [
    ...(subtractMean ? [Preparation.subtractMean(XTrain)] : []),
    ...(divisor === 1 ? [] : [Preparation.divide(XTrain.shape[1] ?? 0, divisor)]),
  ];
  const [first, second] = steps;
  return second === undefined ? first : first?.followedBy(second);
}

function describeRun(
  name: string,
  data: DataSet,
  hidden: readonly number[],
  machine: ReturnType<typeof backendInfo>,
): string {
  const sizes = [data.XTrain.shape[1], ...hidden, data.numClasses].join('-');
  const parts = [data.yTrain, data.yVal, data.yTest].map((y) => y.length.toLocaleString('en')).join(' / ');
  const computing =
    machine.backend === 'native' ? `native ${machine.isa}, ${machine.threads} threads` : 'JavaScript';
  return `${name} (${parts}), net ${sizes}, ${computing}`;
}

/**
 * Trains, and leaves the model with the parameters of the best epoch: of those that validate equally well the latest, which has learned
 * most. (cs231n's solver keeps the first; where the validation part is small, that costs half a point.)
 * @returns seconds
 */
async function trainUntilDoneOrStopped(solver: Solver, terminal: Terminal): Promise<number> {
  const { signal } = terminal;
  const line = new ProgressLine(terminal);
  const started = performance.now();
  let best: Parameters | undefined;
  try {
    await solver.train({
      signal,
      onProgress(progress) {
        line.show(progress);
        const measuredNow = solver.checks.at(-1)?.iteration === progress.iteration;
        if (measuredNow && progress.valAcc === solver.bestValAcc) best = solver.model.snapshotParams();
      },
    });
    if (best !== undefined) solver.model.restoreParams(best);
  } catch (error) {
    // Ctrl-C is a way to end a training: the model is good and gets saved. Everything else is an error.
    if (!signal.aborted || error !== signal.reason) throw error;
  } finally {
    line.end();
  }
  return (performance.now() - started) / 1000;
}
