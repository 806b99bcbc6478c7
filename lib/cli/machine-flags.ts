import { integerIn } from '../core/options.js';
import { choice, numeric } from './arguments.js';

/** What computes, for every command that does. */
export const machineFlags = {
  backend: choice(['native', 'js'], 'what computes (default: native where there is a binary, else js)'),
  isa: choice(
    ['baseline', 'avx2', 'avx512', 'neon'],
    'instruction set of the native backend (default: the widest)',
  ),
  threads: numeric('N', integerIn(1, 1024), 'threads of the native backend (default: the cores)'),
};
