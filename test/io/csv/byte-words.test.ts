import { describe, expect, test } from 'vitest';
import { ByteWords } from '../../../lib/io/csv/byte-words.js';

const find = (words: ByteWords, text: string) => {
  const bytes = Buffer.from(`<${text}>`);
  return words.find(bytes, 1, bytes.length - 1);
};
const add = (words: ByteWords, text: string, number: number) => {
  const bytes = Buffer.from(`<${text}>`);
  words.add(bytes, 1, bytes.length - 1, number);
};

describe('ByteWords', () => {
  test('knows the number of each word it was given, and of no other', () => {
    const words = new ByteWords();
    const texts = Array.from({ length: 5_000 }, (_, index) => `class ${index}`);
    for (const [index, text] of texts.entries()) {
      expect(find(words, text)).toBe(-1);
      add(words, text, index);
    }
    const known = texts.map((text) => find(words, text));
    // A word whose place others have taken may be missing, never wrong.
    expect(known.every((number, index) => number === index || number === -1)).toBe(true);
    expect(known.filter((number) => number < 0).length).toBeLessThan(50);
    expect(find(words, 'class 5000')).toBe(-1);
    expect(find(words, 'class')).toBe(-1);
  });

  test('the empty word is one, and words longer than 64 bytes are not kept', () => {
    const words = new ByteWords();
    add(words, '', 3);
    expect(find(words, '')).toBe(3);
    add(words, 'é'.repeat(32), 4);
    add(words, 'é'.repeat(33), 5);
    expect(find(words, 'é'.repeat(32))).toBe(4);
    expect(find(words, 'é'.repeat(33))).toBe(-1);
  });
});
