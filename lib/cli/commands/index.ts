import type { Command } from '../command.js';
import { bench } from './bench/command.js';
import { data } from './data/command.js';
import { info } from './info/command.js';
import { predict } from './predict/command.js';
import { train } from './train/command.js';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [train, predict, data, info, bench];
