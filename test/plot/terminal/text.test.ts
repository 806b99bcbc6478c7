import { describe, expect, it } from 'vitest';
import { displayWidth, padEnd, padStart, truncate, wrap } from '../../../lib/plot/terminal/text.js';

const red = (text: string) => `\x1b[31m${text}\x1b[39m`;

describe('displayWidth', () => {
  it.each([
    ['', 0],
    ['loss 0.5', 8],
    ['λ ½ … µs', 8],
    ['漢字', 4],
    ['ﾊﾝ', 2],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['❤️', 2],
    ['⠿█▀', 3],
    [red('red'), 3],
    ['\x1b]8;;https://a.b\x07link\x1b]8;;\x07', 4],
    ['a\u200bb', 2],
  ])('of %j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('truncate', () => {
  it('keeps what fits, and ends what is cut with an ellipsis', () => {
    expect(truncate('epoch', 5)).toBe('epoch');
    expect(truncate('epoch', 4)).toBe('epo…');
    expect(truncate('epoch', 1)).toBe('…');
    expect(truncate('epoch', 0)).toBe('');
    expect(truncate('epoch', 4, '...')).toBe('e...');
  });

  it('cuts no character in two', () => {
    expect(truncate('漢字漢字', 6)).toBe('漢字…');
    expect(truncate('漢字漢字', 5)).toBe('漢字…');
    expect(truncate('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…');
    expect(truncate('👩‍👩‍👧👩‍👩‍👧', 3)).toBe('👩‍👩‍👧…');
  });

  it('counts no escape sequence, and keeps those that end a colour', () => {
    expect(truncate(red('red'), 3)).toBe(red('red'));
    expect(truncate(`${red('red')} and more`, 2)).toBe('\x1b[31mr…\x1b[39m');
  });
});

describe('padEnd and padStart', () => {
  it('count columns, not characters', () => {
    expect(padEnd('漢', 4)).toBe('漢  ');
    expect(padStart(red('r'), 3)).toBe(`  ${red('r')}`);
    expect(padEnd('long', 2)).toBe('long');
  });
});

describe('wrap', () => {
  it('breaks between words', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('one two three', 80)).toEqual(['one two three']);
    expect(wrap('unbreakable word', 5)).toEqual(['unbreakable', 'word']);
    expect(wrap('  digits of 28 × 28', 14, '    ')).toEqual(['  digits of', '    28 × 28']);
    expect(wrap('', 5)).toEqual(['']);
  });
});
