import process from 'node:process';
import { type Canvas, terminalStyle } from '../plot/terminal/canvas.js';
import { displayWidth, wrap } from '../plot/terminal/text.js';

/** Where a command writes. */
export interface Terminal {
  /** Results. */
  readonly out: (line: string) => void;
  /** Progress and remarks. */
  readonly err: (text: string) => void;
  /** Whether a line of `err` may be rewritten in place. */
  readonly interactive: boolean;
  /** The width of what `err` writes to, as it is now. */
  readonly columns: number;
  /** What `out` can show, where it is a terminal; undefined where it is a file or a pipe. */
  readonly canvas: Canvas | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** The width where a terminal does not tell. */
const usualColumns = 80;

/** What a process writes to, and what its environment says of that. */
interface Streams {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Stream = Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>>;

/** The streams of this process. */
export function processTerminal(signal: AbortSignal, streams: Streams = process): Terminal {
  const { stdout, stderr, env } = streams;
  return {
    out: (line) => stdout.write(`${line}\n`),
    err: (text) => stderr.write(text),
    interactive: stderr.isTTY === true,
    // Windows are made wider and narrower meanwhile.
    get columns() {
      return stderr.columns || usualColumns;
    },
    get canvas() {
      if (stdout.isTTY !== true) return undefined;
      return { columns: stdout.columns || usualColumns, ...terminalStyle(env) };
    },
    signal,
  };
}

/** The last cell of a row of a table: on a terminal in as many lines as it needs, below each other; elsewhere all on one. */
export function hanging(row: string, text: string, canvas: Canvas | undefined): readonly string[] {
  if (canvas === undefined) return [row + text];
  const indent = ' '.repeat(displayWidth(row));
  const [first = '', ...more] = wrap(indent + text, canvas.columns, indent);
  return [row + first.trimStart(), ...more];
}
