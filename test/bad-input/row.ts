import type { GemmnetError } from '../../lib/core/errors.js';
import type { Subjects } from './subjects.js';

/** One bad call. */
export interface Row {
  readonly name: string;
  readonly call: (subjects: Subjects) => unknown;
  readonly error: new (message: string) => GemmnetError;
  /** What was expected, in the message's words. */
  readonly expected: string | RegExp;
  /** What was received, in the message's words. */
  readonly received: string | RegExp;
}

/** A bad value: what it is, how a message describes it, and the class of the error that it brings. */
export interface BadValue {
  readonly name: string;
  /** Made anew for each call, since some are changed by making them (detached ones). */
  readonly make: () => unknown;
  readonly received: string | RegExp;
  readonly expected?: string | RegExp;
  readonly error?: Row['error'];
}

/** Passes whatever a caller in JavaScript could. */
export const loose = (value: unknown): never => value as never;
