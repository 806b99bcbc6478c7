import type { Command } from '../command.js';
import { bench } from './bench.js';
import { data } from './data.js';
import { info } from './info.js';
import { predict } from './predict.js';
import { train } from './train.js';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [train, predict, data, info, bench];
