import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs a command of the checkout (those of node_modules/.bin included) with its output on this terminal.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {boolean} whether it ended with exit code 0
 */
export function run(command, args, { cwd = root, env = process.env } = {}) {
  console.log(`\n$ ${[command, ...args].join(' ')}`);
  const { status, error } = spawnSync(command, args, { cwd, env: withBin(env), stdio: 'inherit' });
  if (error) console.error(`${command}: ${error.message}`);
  return status === 0;
}

/**
 * Runs a command quietly.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {string} what it printed
 * @throws {Error} with all of its output when it fails
 */
export function capture(command, args, { cwd = root, env = process.env } = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env: withBin(env),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${status}\n${stdout}${stderr}`);
  return stdout;
}

/**
 * @param {string} command
 * @returns {boolean} whether the command is installed
 */
export function isInstalled(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** @param {NodeJS.ProcessEnv} env */
function withBin(env) {
  return { ...env, PATH: `${env.PATH ?? ''}:${root}node_modules/.bin` };
}
