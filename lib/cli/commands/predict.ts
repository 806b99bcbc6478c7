import { ShapeError } from '../../core/errors.js';
import { writePredictionsCsv } from '../../io/csv/predictions-csv.js';
import { loadModel } from '../../models/files/load-model.js';
import { accuracy } from '../../train/metrics.js';
import { choice, text, toggle } from '../arguments.js';
import { defineCommand } from '../command.js';
import { dataFlag, parseDataSource } from '../data-sets.js';
import { machineFlags, useMachine } from '../machine-flags.js';
import { percent } from '../progress-line.js';
import { UsageError } from '../usage-error.js';

export const predict = defineCommand({
  name: 'predict',
  summary: 'classify the test rows of a data set with a saved model',
  flags: {
    model: text('FILE', 'a model.safetensors that gemmnet train wrote (needed)'),
    data: dataFlag,
    out: text('FILE', 'write the predictions as CSV'),
    csv: choice(['Id,Category', 'ImageId,Label'], 'the first line of that CSV (default: Id,Category)'),
    ...machineFlags,
    json: toggle('print the result as one JSON object'),
  },
  examples: ['gemmnet predict --model runs/2025-01-31T10-00-00/model.safetensors --out predictions.csv'],
  async run(values, { out }) {
    const { model: file, data: source = parseDataSource('digits') } = values;
    if (file === undefined) {
      throw new UsageError(
        'gemmnet predict: expected --model FILE but it is missing; gemmnet train writes such a file',
      );
    }
    useMachine(values);
    const model = await loadModel(file);
    const { XTest, yTest } = await source.load();
    if (XTest.shape[1] !== model.inputSize) {
      throw new ShapeError(
        `gemmnet predict: expected rows of ${model.inputSize} pixels, as ${file} was trained on, ` +
          `but received ${XTest.shape[1]} from ${source.name}; choose the data with --data`,
      );
    }
    const predicted = model.predict(XTest);
    if (values.out !== undefined) {
      await writePredictionsCsv(
        values.out,
        predicted,
        values.csv === undefined ? {} : { format: values.csv },
      );
    }
    const result = { data: source.name, rows: predicted.length, accuracy: accuracy(predicted, yTest) };
    if (values.json)
      return out(JSON.stringify({ ...result, ...(values.out === undefined ? {} : { out: values.out }) }));
    out(`${result.rows} rows of ${source.name}, accuracy ${percent(result.accuracy)}`);
    if (values.out !== undefined) out(`wrote ${values.out}`);
  },
});
