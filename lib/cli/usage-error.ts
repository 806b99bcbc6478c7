import { GemmnetError } from '../core/errors.js';

/** A command line that cannot be understood: exit code 2. */
export class UsageError extends GemmnetError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_USAGE', message, options);
  }
}
