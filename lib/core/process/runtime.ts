import { cpus } from 'node:os';
import process from 'node:process';

/** The names of runtimes in `process.versions`, where each that is not Node also gives a version of Node whose interface it has. */
const others = ['bun', 'deno', 'electron'] as const;

/** What runs this program, and which version of it: `node 24.1.0`, `deno 2.9.6`. */
export function runtime(versions: Readonly<Record<string, string | undefined>> = process.versions): string {
  const name = others.find((other) => versions[other] !== undefined) ?? 'node';
  return `${name} ${versions[name]}`;
}

/** The processor as the system calls it; `unknown` where it does not say, or where the runtime keeps it from us, as Deno does without `--allow-sys`. */
export function processor(): string {
  try {
    return cpus()[0]?.model.trim() ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
