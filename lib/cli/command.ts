import { type Flags, type FlagValues, readFlags } from './arguments.js';

/** Where a command writes. */
export interface Terminal {
  /** Results. */
  readonly out: (line: string) => void;
  /** Progress and remarks. */
  readonly err: (text: string) => void;
  /** Whether a line of `err` may be rewritten in place. */
  readonly interactive: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** One command of `gemmnet`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What stands behind the name in the help; default `[options]`. */
  readonly usage?: string;
  readonly flags: Flags;
  readonly examples: readonly string[];
  run(args: readonly string[], terminal: Terminal): Promise<void>;
}

/** A command whose `run` receives the values of its flags. */
export function defineCommand<const F extends Flags>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly flags: F;
  readonly examples: readonly string[];
  readonly run: (values: FlagValues<F>, terminal: Terminal) => Promise<void>;
}): Command {
  const { name, flags, run } = definition;
  return { ...definition, run: async (args, terminal) => run(readFlags(name, flags, args), terminal) };
}
