/** The base of every error that gemmnet throws on purpose; `code` is stable, the message is for people. */
export class GemmnetError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A value of the wrong type. */
export class ArgumentError extends GemmnetError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ARGUMENT', message, options);
  }
}

/** A tensor whose shape does not fit. */
export class ShapeError extends GemmnetError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SHAPE', message, options);
  }
}

/** A class label that is fractional or outside 0 … C−1. */
export class LabelError extends GemmnetError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_LABEL', message, options);
  }
}

/**
 * A call that cannot be served now, though it may be another time: a model that is being trained or was disposed of, a backward before
 * any forward, a disk that is full or fails (its code, `ENOSPC`, is that of `cause`).
 */
export class StateError extends GemmnetError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_STATE', message, options);
  }
}

/** A file that is not what it should be; `message` says at which byte or line. */
export class FormatError extends GemmnetError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_FORMAT', message, options);
  }
}

/** A training whose loss became NaN or infinite, or whose training rows hold such a number. */
export class DivergenceError extends GemmnetError {
  /** The iteration, from 0, whose loss was not finite: as many were done before. */
  readonly iteration: number;
  constructor(message: string, iteration: number, options?: ErrorOptions) {
    super('ERR_DIVERGED', message, options);
    this.iteration = iteration;
  }
}

/** A backend that was asked for and cannot be had. */
export class BackendError extends GemmnetError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_BACKEND', message, options);
  }
}

/** Minifiers shorten the names of classes, which errors show, but not those of properties. */
export function keepNames(
  classes: Readonly<Record<string, abstract new (...values: never) => GemmnetError>>,
): void {
  for (const [name, error] of Object.entries(classes)) Object.defineProperty(error, 'name', { value: name });
}

keepNames({
  GemmnetError,
  ArgumentError,
  ShapeError,
  LabelError,
  StateError,
  FormatError,
  DivergenceError,
  BackendError,
});
