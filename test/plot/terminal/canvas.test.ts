import { describe, expect, it } from 'vitest';
import { terminalStyle } from '../../../lib/plot/terminal/canvas.js';

describe('terminalStyle', () => {
  it('believes the first locale variable that is set', () => {
    const unicode = (env: Record<string, string>) => terminalStyle(env).unicode;
    expect(unicode({})).toBe(false);
    expect(unicode({ LANG: 'de_DE.UTF-8' })).toBe(true);
    expect(unicode({ LANG: 'C.utf8' })).toBe(true);
    expect(unicode({ LANG: 'de_DE.ISO-8859-1' })).toBe(false);
    expect(unicode({ LANG: 'de_DE.UTF-8', LC_ALL: 'C' })).toBe(false);
    expect(unicode({ LANG: 'C', LC_CTYPE: 'en_US.UTF-8', LC_ALL: '' })).toBe(true);
    expect(unicode({ WT_SESSION: 'x' })).toBe(true);
  });

  it('counts colours by TERM and COLORTERM, and knows who wants none', () => {
    const colors = (env: Record<string, string>) => terminalStyle(env).colors;
    expect(colors({})).toBe(0);
    expect(colors({ TERM: 'xterm' })).toBe(16);
    expect(colors({ TERM: 'xterm-256color' })).toBe(256);
    expect(colors({ TERM: 'xterm-256color', COLORTERM: 'truecolor' })).toBe(16_777_216);
    expect(colors({ TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_COLOR: '1' })).toBe(0);
    expect(colors({ TERM: 'xterm-256color', NO_COLOR: '' })).toBe(256);
    expect(colors({ TERM: 'dumb', COLORTERM: 'truecolor' })).toBe(0);
  });
});
