import { type Flags, type FlagValues, readFlags } from './arguments.js';
import type { Terminal } from './terminal.js';

/** One command of `gemmnet`: what the help says of it. What it does is loaded when it is first run. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What stands behind the name in the help; default `[options]`. */
  readonly usage?: string;
  readonly flags: Flags;
  readonly examples: readonly string[];
  run(args: readonly string[], terminal: Terminal): Promise<void>;
}

/** What a command does with the values of its flags; `words` are its arguments that are no options. */
export type Run<Values> = (values: Values, terminal: Terminal, words: readonly string[]) => Promise<void>;

interface Definition<F extends Flags> extends Omit<Command, 'run' | 'flags'> {
  readonly flags: F;
  /** Whether it takes words beside its options; default false: they are errors. */
  readonly takesWords?: boolean;
  /** Imports what it does, which nobody loads who only asks for the help. */
  load(): Promise<{ readonly run: Run<FlagValues<F>> }>;
}

/** A command whose `run` receives the values of its flags. */
export function defineCommand<const F extends Flags>(definition: Definition<F>): Command {
  const { takesWords = false, load, ...description } = definition;
  const { name, flags } = description;
  return {
    ...description,
    async run(args, terminal) {
      const words: string[] = [];
      const values = readFlags(name, flags, args, takesWords ? words : undefined);
      const { run } = await load();
      await run(values, terminal, words);
    },
  };
}
