import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const debian = '/usr/bin/python3';
const command = process.env.PYTHON ?? (existsSync(debian) ? debian : 'python3');

/** What a Python script prints. Its arguments are `sys.argv[1:]`. */
export function python(script: string, args: readonly string[] = []): string {
  return execFileSync(command, ['-c', script, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Whether there is a Python with these modules. */
export function hasPython(...modules: readonly string[]): boolean {
  try {
    python(['import sys', ...modules.map((name) => `import ${name}`)].join('\n'));
    return true;
  } catch {
    return false;
  }
}
