import { backendInfo } from '../../backend/index.js';
import { toggle } from '../arguments.js';
import { defineCommand } from '../command.js';

export const info = defineCommand({
  name: 'info',
  summary: 'say which backend computes here, with which instruction set and how many threads',
  flags: { json: toggle('print one JSON object') },
  examples: ['gemmnet info', 'gemmnet info --json'],
  async run({ json }, { out }) {
    const facts = { ...backendInfo(), node: process.version };
    if (json) return out(JSON.stringify(facts));
    const width = Math.max(...Object.keys(facts).map((key) => key.length));
    for (const [key, value] of Object.entries(facts)) out(`${key.padEnd(width)}  ${value}`);
  },
});
