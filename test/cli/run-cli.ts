import { runCommandLine } from '../../lib/cli/run-command-line.js';
import type { Terminal } from '../../lib/cli/terminal.js';

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `gemmnet` in this process. */
export async function runCli(args: readonly string[], options: Partial<Terminal> = {}): Promise<CliResult> {
  let out = '';
  let err = '';
  const code = await runCommandLine(args, {
    out: (line) => {
      out += `${line}\n`;
    },
    err: (text) => {
      err += text;
    },
    interactive: false,
    columns: 80,
    canvas: undefined,
    signal: new AbortController().signal,
    ...options,
  });
  return { code, out, err };
}
