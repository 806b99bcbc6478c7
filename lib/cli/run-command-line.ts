import { isError } from '../core/built-ins.js';
import { GemmnetError } from '../core/errors.js';
import { packageVersion } from '../core/process/package-version.js';
import { suggest } from '../core/suggest.js';
import { wrap } from '../plot/terminal/text.js';
import { formatFlags } from './arguments.js';
import type { Command } from './command.js';
import { commands } from './commands/index.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

/** The help is a text like any other, and as wide wherever it goes. */
const helpColumns = 80;

/**
 * Runs `gemmnet` with its arguments.
 * @returns the exit code: 0, 1 for an error, 2 for a command line that cannot be understood
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<0 | 1 | 2> {
  const debug = args.includes('--debug');
  try {
    await dispatch(
      args.filter((arg) => arg !== '--debug'),
      terminal,
    );
    return 0;
  } catch (error) {
    terminal.err(`${debug && isError(error) ? error.stack : explain(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined) throw new UsageError(`gemmnet: expected a command but received none\n\n${help()}`);
  if (name === '--help' || name === '-h' || name === 'help') return terminal.out(help(rest[0]));
  if (name === '--version' || name === '-v') return terminal.out(packageVersion());
  const command = findCommand(name);
  if (rest.includes('--help') || rest.includes('-h')) return terminal.out(commandHelp(command));
  await command.run(rest, terminal);
}

function findCommand(name: string): Command {
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  const names = commands.map((candidate) => candidate.name);
  const meant = suggest(name, names);
  const hint = meant === undefined ? `known are ${names.join(', ')}` : `did you mean ${meant}?`;
  throw new UsageError(`gemmnet: unknown command '${name}'; ${hint}`);
}

function help(name?: string): string {
  if (name !== undefined) return commandHelp(findCommand(name));
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    'Usage: gemmnet COMMAND [options]',
    '',
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    '  --help     this text; gemmnet COMMAND --help for the options of a command',
    '  --version  the version of gemmnet',
    '  --debug    show where an error came from',
  ].join('\n');
}

function commandHelp({ name, summary, usage = '[options]', flags, examples }: Command): string {
  return [
    ...wrap(`Usage: gemmnet ${name} ${usage}`, helpColumns, '    '),
    '',
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    '',
    formatFlags(flags, helpColumns),
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
  ].join('\n');
}

/** One sentence for people. */
function explain(error: unknown): string {
  if (error instanceof GemmnetError) return error.message;
  if (!isError(error)) return `gemmnet: ${String(error)}`;
  const { code, path } = error as NodeJS.ErrnoException;
  const about = path === undefined ? '' : ` ${path}`;
  switch (code) {
    case 'ENOENT':
      return `gemmnet: there is no file or folder${about}; check the path`;
    case 'EACCES':
    case 'EPERM':
      return `gemmnet: no permission for${about}; choose another place, or change its permissions`;
    case 'EROFS':
      return `gemmnet: the file system is read-only${path === undefined ? '' : ` at ${path}`}; choose another place`;
    case 'EISDIR':
      return `gemmnet: expected a file but${about} is a folder`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `gemmnet: expected a folder but${about} is, or lies under, a file`;
    case 'ENOSPC':
      return `gemmnet: no space left for${about}; free some, or choose another place`;
    default:
      return error.name === 'AbortError'
        ? 'gemmnet: stopped'
        : `gemmnet: ${error.message} (--debug shows where)`;
  }
}
