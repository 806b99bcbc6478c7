import process from 'node:process';

/** The value of an environment variable; empty where there is none, or where the runtime keeps it from us, as Deno does without `--allow-env`. */
export function environmentVariable(name: string): string {
  try {
    return process.env[name] ?? '';
  } catch {
    return '';
  }
}
