import type { Terminal } from './terminal.js';

/** A line that says how far something is: rewritten in place on a terminal, else written anew for each milestone. */
export class RewrittenLine {
  readonly #terminal: Terminal;
  #width = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** @param milestone whether the line is written where none can be rewritten */
  show(line: string, milestone: boolean): void {
    if (this.#terminal.interactive) {
      this.#terminal.err(`\r${line.padEnd(this.#width)}`);
      this.#width = line.length;
    } else if (milestone) {
      this.#terminal.err(`${line}\n`);
    }
  }

  /** Leaves the line on the screen. */
  end(): void {
    if (this.#terminal.interactive && this.#width > 0) this.#terminal.err('\n');
    this.#width = 0;
  }
}
