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
