import { choice, type FlagValues, text, toggle } from '../../arguments.js';
import { defineCommand } from '../../command.js';
import { dataFlag } from '../../data-flag.js';
import { machineFlags } from '../../machine-flags.js';

const flags = {
  model: text('FILE', 'a model.safetensors that gemmnet train wrote (needed)'),
  data: dataFlag,
  out: text('FILE', 'write the predictions as CSV'),
  csv: choice(['Id,Category', 'ImageId,Label'], 'the first line of that CSV (default: Id,Category)'),
  ...machineFlags,
  json: toggle('print the result as one JSON object'),
};

export type PredictValues = FlagValues<typeof flags>;

export const predict = defineCommand({
  name: 'predict',
  summary: 'classify the test rows of a data set with a saved model',
  flags,
  examples: ['gemmnet predict --model runs/first/model.safetensors --out predictions.csv'],
  load: () => import('./run.js'),
});
