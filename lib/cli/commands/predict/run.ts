import { ArgumentError, ShapeError } from '../../../core/errors.js';
import { writePredictionsCsv } from '../../../io/csv/predictions-csv.js';
import { loadModel } from '../../../models/files/load-model.js';
import { accuracy } from '../../../train/metrics.js';
import { digits } from '../../data-flag.js';
import { loadDataSet } from '../../data-sets.js';
import { percent } from '../../progress-line.js';
import type { Terminal } from '../../terminal.js';
import { UsageError } from '../../usage-error.js';
import { useMachine } from '../../use-machine.js';
import type { PredictValues } from './command.js';

export async function run(values: PredictValues, { out }: Terminal): Promise<void> {
  const { model: file, data: source = digits } = values;
  if (file === undefined) {
    throw new UsageError(
      'gemmnet predict: expected --model FILE but it is missing; gemmnet train writes such a file',
    );
  }
  useMachine(values);
  const model = await loadModel(file);
  const { XTest, yTest } = await loadDataSet(source);
  if (XTest.shape[1] !== model.inputSize) {
    throw new ShapeError(
      `gemmnet predict: expected rows of ${model.inputSize} pixels, as ${file} was trained on, ` +
        `but received ${XTest.shape[1]} from ${source.name}; choose the data with --data`,
    );
  }
  const { task = 'classification' } = model;
  if (task !== 'classification') {
    throw new ArgumentError(
      `gemmnet predict: expected a model that tells the classes of ${source.name} apart but ${file} is one for the task '${task}'`,
    );
  }
  const predicted = model.predict(XTest);
  if (values.out !== undefined) {
    await writePredictionsCsv(values.out, predicted, values.csv === undefined ? {} : { format: values.csv });
  }
  const result = { data: source.name, rows: predicted.length, accuracy: accuracy(predicted, yTest) };
  if (values.json)
    return out(JSON.stringify({ ...result, ...(values.out === undefined ? {} : { out: values.out }) }));
  out(`${result.rows} rows of ${source.name}, accuracy ${percent(result.accuracy)}`);
  if (values.out !== undefined) out(`wrote ${values.out}`);
}
