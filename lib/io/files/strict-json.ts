import { shortened } from '../../core/describe.js';
import { FormatError } from '../../core/errors.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What an empty object or array, a key, and an element take in memory at most, roughly, in bytes. */
const [containerCost, keyCost, elementCost] = [64, 128, 16];

/** What a text may take in any case, and in multiples of its length. */
const [freeMemory, memoryFactor] = [64 * 2 ** 20, 4];

/**
 * Reads JSON from an untrusted file: what `JSON.parse` does, and no key twice in an object (of which JSON.parse keeps the last), no
 * more nesting than asked for, no bytes that are not UTF-8, no text such as `[[],[],[], …` that takes many times its length in
 * memory, and so more than 64 MiB.
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
  const limit = Math.max(freeMemory, memoryFactor * text.length);
  let cost = 0;
  const spend = (bytes: number, at: number) => {
    cost += bytes;
    if (cost > limit) {
      throw new FormatError(`${what} has too many parts for ${text.length} characters, at character ${at}`);
    }
  };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '{' || letter === '[') {
      open.push(letter === '{' ? new Set() : undefined);
      if (open.length > maxDepth) {
        throw new FormatError(`${what} is nested more than ${maxDepth} levels deep, at character ${at}`);
      }
      spend(containerCost, at);
    } else if (letter === '}' || letter === ']') {
      open.pop();
    } else if (letter === ',') {
      spend(elementCost, at);
    } else if (letter === '"') {
      const start = at;
      at = stringEnd(text, at);
      // In JSON only keys are followed by a colon.
      if (nextLetter(text, at + 1) !== ':') continue;
      spend(keyCost, start);
      const word = text.slice(start, at + 1);
      const key = unquote(word);
      const keys = open.at(-1);
      if (keys?.has(key)) throw new FormatError(`${what} has the key ${shortened(word)} twice`);
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
