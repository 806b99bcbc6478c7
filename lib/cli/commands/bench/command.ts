import { positive, positiveInteger } from '../../../core/options.js';
import { type FlagValues, numeric, text, toggle } from '../../arguments.js';
import { defineCommand } from '../../command.js';

const flags = {
  only: text(
    'WORD',
    'the cases that contain this word, such as 784-250-10 or adam (default: the small ones)',
  ),
  seconds: numeric('X', positive, 'roughly how long each backend runs in each case (default: 1)'),
  repetitions: numeric('N', positiveInteger, 'measurements of each, taken in turns (default: 5)'),
  json: toggle('print one JSON object'),
};

export type BenchValues = FlagValues<typeof flags>;

export const bench = defineCommand({
  name: 'bench',
  summary: 'time training steps here, of the native backend and of JavaScript',
  flags,
  examples: ['gemmnet bench', 'gemmnet bench --only adam --seconds 3'],
  load: () => import('./run.js'),
});
