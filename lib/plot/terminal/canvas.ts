/** What a drawing on a terminal is made of. */
export interface TerminalStyle {
  /** Whether more than ASCII is shown: braille, blocks and lines. */
  readonly unicode: boolean;
  /** How many colours there are; 0 for no escape sequence at all. */
  readonly colors: 0 | 16 | 256 | 16_777_216;
}

/** A terminal that can be drawn on. */
export interface Canvas extends TerminalStyle {
  /** Its width in characters. */
  readonly columns: number;
}

/**
 * What the environment says of the terminal: LC_ALL, LC_CTYPE and LANG of its characters, TERM and COLORTERM of its colours, and NO_COLOR
 * that none are wanted.
 */
export function terminalStyle(env: Readonly<Record<string, string | undefined>>): TerminalStyle {
  // Windows Terminal, which names itself in WT_SESSION, shows everything; Windows sets none of the others.
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || (env.WT_SESSION ? 'UTF-8' : '');
  return { unicode: /utf-?8/i.test(locale), colors: colorsOf(env) };
}

function colorsOf(env: Readonly<Record<string, string | undefined>>): TerminalStyle['colors'] {
  const { TERM, COLORTERM = '', NO_COLOR, WT_SESSION } = env;
  if (NO_COLOR || TERM === 'dumb') return 0;
  if (/^(truecolor|24bit)$/i.test(COLORTERM) || WT_SESSION) return 16_777_216;
  if (!TERM) return 0;
  return TERM.includes('256color') ? 256 : 16;
}
