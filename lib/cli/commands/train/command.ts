import { integerIn, nonNegative, positive, positiveInteger } from '../../../core/options.js';
import { type UpdateRuleName, updateRules } from '../../../optim/update-rules.js';
import { choice, type FlagValues, numeric, numericList, text, toggle } from '../../arguments.js';
import { defineCommand } from '../../command.js';
import { dataFlag } from '../../data-flag.js';
import { machineFlags } from '../../machine-flags.js';

const flags = {
  data: dataFlag,
  hidden: numericList('N,N', positiveInteger, 'sizes of the hidden layers (default: 250)'),
  epochs: numeric('N', positiveInteger, 'default: 30'),
  batchSize: numeric('N', positiveInteger, 'rows a step (default: 20)'),
  lr: numeric('X', positive, 'learning rate (default: the rule’s own, 1e-3 for adam, 1e-2 for sgd)'),
  lrDecay: numeric('X', positive, 'factor of the learning rate at each epoch’s end (default: 0.95)'),
  updateRule: choice(Object.keys(updateRules) as UpdateRuleName[], 'default: adam'),
  reg: numeric('X', nonNegative, 'λ of ½λΣW² (default: 1e-4)'),
  weightScale: numeric('X', positive, 'standard deviation of the initial weights (default: √(2 / inputs))'),
  subtractMean: toggle('subtract the training rows’ mean from all pixels'),
  divide: numeric(
    'X',
    positive,
    'divide the pixels by this (default: their largest value; 1 leaves them raw)',
  ),
  seed: numeric('N', integerIn(0, 2 ** 32 - 1), 'repeats a run (default: 0)'),
  dtype: choice(['float32', 'float64'], 'default: float32'),
  ...machineFlags,
  out: text('DIR', 'the run’s folder (default: runs/ and the time)'),
  json: toggle('print the result as one JSON object'),
};

export type TrainValues = FlagValues<typeof flags>;

export const train = defineCommand({
  name: 'train',
  summary: 'train a fully connected net; without options on the built-in digits',
  flags,
  examples: [
    'gemmnet train',
    'gemmnet train --data mnist:data/mnist --hidden 250 --epochs 10',
    'gemmnet train --data cifar10 --hidden 120,120 --batch-size 200 --lr 3e-4',
  ],
  load: () => import('./run.js'),
});
