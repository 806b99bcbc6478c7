#!/usr/bin/env node
import process from 'node:process';
import { runCommandLine } from './run-command-line.js';
import { processTerminal } from './terminal.js';

const stop = new AbortController();
process.on('SIGINT', () => {
  // The first Ctrl-C asks the command to end in good order, the second one does not wait for that.
  if (stop.signal.aborted) process.exit(130);
  stop.abort();
});
// `gemmnet … | head` closes the pipe early; that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal(stop.signal));
