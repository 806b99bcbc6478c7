import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the gadgets in hostile pickles would create if anything ran them. */
export const canaryPath = join(tmpdir(), `gemmnet-canary-${process.pid}`);
