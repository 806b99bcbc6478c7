import { type FlagValues, toggle } from '../../arguments.js';
import { defineCommand } from '../../command.js';

const flags = { json: toggle('print one JSON object') };

export type InfoValues = FlagValues<typeof flags>;

export const info = defineCommand({
  name: 'info',
  summary: 'say which backend computes here, its instruction set and threads',
  flags,
  examples: ['gemmnet info', 'gemmnet info --json'],
  load: () => import('./run.js'),
});
