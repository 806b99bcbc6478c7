import { backendInfo } from '../../../backend/index.js';
import { runtime } from '../../../core/process/runtime.js';
import { hanging, type Terminal } from '../../terminal.js';
import type { InfoValues } from './command.js';

export async function run({ json }: InfoValues, { out, canvas }: Terminal): Promise<void> {
  const facts = { ...backendInfo(), runtime: runtime(), node: process.version };
  if (json) return out(JSON.stringify(facts));
  const width = Math.max(...Object.keys(facts).map((key) => key.length));
  for (const [key, value] of Object.entries(facts)) {
    for (const line of hanging(`${key.padEnd(width)}  `, String(value), canvas)) out(line);
  }
}
