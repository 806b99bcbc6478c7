import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './run.js';

/**
 * The folder whose `include/node` has the headers of the Node that runs, as most installations have it; node-gyp would download them.
 *
 * @param {string} executable that of Node
 * @param {string} version of Node: 20.19.0
 * @returns {string | undefined} undefined where there are none, or those of another version
 */
export function headersBeside(executable, version) {
  const folder = dirname(dirname(executable));
  let header;
  try {
    header = readFileSync(join(folder, 'include', 'node', 'node_version.h'), 'utf8');
  } catch {
    return undefined;
  }
  const number = (/** @type {string} */ part) =>
    header.match(new RegExp(`^#define NODE_${part}_VERSION (\\d+)$`, 'm'))?.[1];
  return ['MAJOR', 'MINOR', 'PATCH'].map(number).join('.') === version ? folder : undefined;
}

// Runs a command, such as node-gyp, with these headers, unless npm's configuration names some.
if (process.argv[1] === import.meta.filename) {
  const [command = '', ...args] = process.argv.slice(2);
  const { npm_config_nodedir: configured = '' } = process.env;
  const found = headersBeside(realpathSync(process.execPath), process.versions.node);
  const env =
    configured === '' && found !== undefined ? { ...process.env, npm_config_nodedir: found } : process.env;
  if (!run(command, args, { env })) process.exitCode = 1;
}
