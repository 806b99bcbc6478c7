import { displayWidth, padEnd } from '../plot/terminal/text.js';
import { fitParts, joinParts, type LinePart } from './line-parts.js';
import type { Terminal } from './terminal.js';

/** A line that says how far something is: rewritten in place on a terminal, else written anew for each milestone. */
export class RewrittenLine {
  readonly #terminal: Terminal;
  #width = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** @param milestone whether the line is written where none can be rewritten */
  show(parts: readonly LinePart[], milestone: boolean): void {
    if (this.#terminal.interactive) {
      // A line that wraps cannot be rewritten, and some terminals wrap as soon as the last column is full.
      const room = Math.max(1, this.#terminal.columns - 1);
      const line = fitParts(parts, room);
      // In a window that was made narrower the old line has wrapped, or is cut: it stays, and the new one begins below it.
      if (this.#width > room) {
        this.#terminal.err('\n');
        this.#width = 0;
      }
      this.#terminal.err(`\r${padEnd(line, this.#width)}`);
      this.#width = displayWidth(line);
    } else if (milestone) {
      this.#terminal.err(`${joinParts(parts)}\n`);
    }
  }

  /** Leaves the line on the screen. */
  end(): void {
    if (this.#terminal.interactive && this.#width > 0) this.#terminal.err('\n');
    this.#width = 0;
  }
}
