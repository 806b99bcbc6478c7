import { setTimeout } from 'node:timers/promises';

/**
 * Waits.
 * @param time in milliseconds
 * @throws the signal's reason, as soon as it is aborted
 */
export async function pause(time: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(time, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}
