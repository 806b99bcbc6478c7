import { describe, expect, it } from 'vitest';
import { hanging, processTerminal } from '../../lib/cli/terminal.js';

const env = { LANG: 'C.UTF-8', TERM: 'xterm-256color' };
const { signal } = new AbortController();

/** A stream that keeps what is written. */
function stream(properties: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = [];
  return { ...properties, written, write: (text: unknown) => written.push(String(text)) > 0 };
}

describe('processTerminal', () => {
  it('writes results to stdout and remarks to stderr', () => {
    const [stdout, stderr] = [stream(), stream()];
    const terminal = processTerminal(signal, { stdout, stderr, env });
    terminal.out('result');
    terminal.err('\rprogress');
    expect(stdout.written).toEqual(['result\n']);
    expect(stderr.written).toEqual(['\rprogress']);
    expect(terminal).toMatchObject({ interactive: false, columns: 80, canvas: undefined, signal });
  });

  it('can be drawn on where stdout is a terminal, and rewritten where stderr is one', () => {
    const file = stream();
    const tty = stream({ isTTY: true, columns: 100 });
    const drawn = processTerminal(signal, { stdout: tty, stderr: file, env });
    expect(drawn.interactive).toBe(false);
    expect(drawn.canvas).toEqual({ columns: 100, unicode: true, colors: 256 });
    const rewritten = processTerminal(signal, { stdout: file, stderr: tty, env });
    expect(rewritten.interactive).toBe(true);
    expect(rewritten.canvas).toBeUndefined();
  });

  it('is as wide as the terminal is at the moment, and 80 columns where that is not told', () => {
    const tty = stream({ isTTY: true, columns: 100 });
    const terminal = processTerminal(signal, { stdout: tty, stderr: tty, env });
    expect([terminal.columns, terminal.canvas?.columns]).toEqual([100, 100]);
    tty.columns = 60;
    expect([terminal.columns, terminal.canvas?.columns]).toEqual([60, 60]);
    tty.columns = 0;
    expect([terminal.columns, terminal.canvas?.columns]).toEqual([80, 80]);
  });
});

describe('hanging', () => {
  it('breaks the last cell of a row on a terminal alone', () => {
    const canvas = { columns: 20, unicode: true, colors: 0 } as const;
    expect(hanging('mnist  ', 'handwritten digits, 28 × 28', canvas)).toEqual([
      'mnist  handwritten',
      '       digits,',
      '       28 × 28',
    ]);
    expect(hanging('mnist  ', 'handwritten digits, 28 × 28', undefined)).toEqual([
      'mnist  handwritten digits, 28 × 28',
    ]);
  });
});
