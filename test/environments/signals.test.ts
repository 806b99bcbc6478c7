import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder.js';
import { root } from './run-program.js';

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'gemmnet train saves what it has at a %s',
  async (signal) => {
    const out = join(await temporaryFolder(), 'run');
    const args = [join(root, 'dist', 'cli', 'main.js'), 'train', '--epochs', '1000000', '--out', out];
    const command = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = once(command, 'exit');
    await once(command.stderr, 'data');
    command.stderr.resume();
    command.kill(signal);
    const [code, killedBy] = await ended;
    expect(killedBy).toBeNull();
    expect([0, 130]).toContain(code);
    expect(existsSync(join(out, 'model.safetensors'))).toBe(true);
  },
);
