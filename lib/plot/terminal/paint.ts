import type { TerminalStyle } from './canvas.js';

/** Those of the 16 colours that are read on a dark background as on a light one; `faint` is the foreground, paler. */
export type Color = 'foreground' | 'faint' | 'red' | 'magenta';

const codes = { faint: [2, 22], red: [31, 39], magenta: [35, 39] } as const;

/** The text in a colour, where the terminal has any. */
export function paint(text: string, color: Color, { colors }: TerminalStyle): string {
  if (color === 'foreground' || colors === 0 || text === '') return text;
  const [begin, end] = codes[color];
  return `\x1b[${begin}m${text}\x1b[${end}m`;
}
