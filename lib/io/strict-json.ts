import { FormatError } from '../core/errors.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads JSON from an untrusted file: what `JSON.parse` does, and no key twice in an object (of which JSON.parse keeps the last), no
 * more nesting than asked for, no bytes that are not UTF-8.
 * @param what names it in errors: `loadSafetensors: model.safetensors: the header`
 * @throws FormatError for anything else
 */
export function parseStrictJson(bytes: Uint8Array, maxDepth: number, what: string): unknown {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    throw new FormatError(`${what} is not UTF-8`, { cause });
  }
  scan(text, maxDepth, what);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${what} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** Looks for depth and repeated keys before anything is built. A text that is not JSON may pass: the parser comes after. */
function scan(text: string, maxDepth: number, what: string): void {
  // The keys so far of each open object; an open array has none.
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '{' || letter === '[') {
      open.push(letter === '{' ? new Set() : undefined);
      if (open.length > maxDepth) {
        throw new FormatError(`${what} is nested more than ${maxDepth} levels deep, at character ${at}`);
      }
    } else if (letter === '}' || letter === ']') {
      open.pop();
    } else if (letter === '"') {
      const start = at;
      at = stringEnd(text, at);
      // In JSON only keys are followed by a colon.
      if (nextLetter(text, at + 1) !== ':') continue;
      const word = text.slice(start, at + 1);
      const key = unquote(word);
      const keys = open.at(-1);
      if (keys?.has(key)) throw new FormatError(`${what} has the key ${word} twice`);
      keys?.add(key);
    }
  }
}

/** Where the string that begins at `start` has its closing quote; the text's end if it has none. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function nextLetter(text: string, start: number): string | undefined {
  let at = start;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return text[at];
}

/** What a key says: "\u0061" and "a" are one. */
function unquote(word: string): string {
  try {
    return JSON.parse(word) as string;
  } catch {
    return word;
  }
}
