import { BoundProgram, type Caller } from '../../backend/bound-program.js';
import type { ProgramBuilder } from '../../ops/builder.js';

/** How many programs are kept; the oldest goes first. */
const mostKept = 64;
const kept = new Map<string, Caller>();

/**
 * What runs a program in memory that each call brings: made once for each key, since a loop written by hand makes the same few calls
 * again and again.
 * @param key says which program it is, with all that it is made of
 * @param names the buffers that a call brings, in this order
 */
export function keptProgram(key: string, names: readonly string[], make: () => ProgramBuilder): Caller {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const [oldest] = kept.keys();
  if (oldest !== undefined && kept.size === mostKept) kept.delete(oldest);
  const made = new BoundProgram(make(), {}).caller(names);
  kept.set(key, made);
  return made;
}
