#!/usr/bin/env node
import process from 'node:process';
import { runCommandLine } from './run-command-line.js';
import { processTerminal } from './terminal.js';

const stop = new AbortController();
// Ctrl-C, a polite kill, and a terminal that is closed: the first asks the command to end in good order, the second does not wait for that.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  });
}
// `gemmnet … | head` closes the pipe early; that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`gemmnet: standard output cannot be written: ${error.message}\n`);
  process.exit(1);
});
// Nobody reads the progress any more; the training goes on.
process.stderr.on('error', () => {});

process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal(stop.signal));
