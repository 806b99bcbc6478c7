import { fetchableNames } from '../../../data/download/manifest.js';
import { type FlagValues, text, toggle } from '../../arguments.js';
import { defineCommand } from '../../command.js';

const flags = {
  dir: text(
    'DIR',
    'where data sets are kept, each in a folder of its name (default: GEMMNET_DATA, else the cache)',
  ),
  mirror: text('URL', 'a folder with the files under their usual names, tried before the public ones'),
  json: toggle('print one JSON object, for list an array'),
};

export type DataValues = FlagValues<typeof flags>;

export const data = defineCommand({
  name: 'data',
  summary: 'fetch data sets, list those that are here, or say where one is',
  usage: `fetch|list|path [NAME …] [options], with a NAME of ${fetchableNames.join(', ')}`,
  flags,
  takesWords: true,
  examples: [
    'gemmnet data fetch mnist',
    'gemmnet data fetch cifar10 --dir data',
    'gemmnet data list',
    'gemmnet train --data mnist',
  ],
  load: () => import('./run.js'),
});
