import { GemmnetError, keepNames } from '../../core/errors.js';

/** A file that no server gave as it was published; the message says what each of them did. */
export class DownloadError extends GemmnetError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_DOWNLOAD', message, options);
  }
}

keepNames({ DownloadError });

/** What one attempt met, in words that follow the address: `answers with status 404`. */
export class AttemptError extends Error {
  /** Whether the same server may do better: undefined for no, else in so many milliseconds, or 0 for soon. */
  readonly retryAfter: number | undefined;

  constructor(message: string, retryAfter?: number, options?: ErrorOptions) {
    super(message, options);
    this.retryAfter = retryAfter;
  }
}
