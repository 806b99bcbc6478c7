import { nonNegative, optional, positive } from '../core/options.js';

/** Options of models that keep weights small, beside L2 regularization. */
export interface PenaltyOptions {
  /** λ₁ of λ₁·Σ|W|, in the loss where `reg` is, and λ₁·sign(W) in the gradients; with `reg`, an elastic net. Default 0. */
  readonly l1?: number;
  /**
   * The largest norm of the weights that lead into a unit: after each update, those above it are scaled to it (Srebro & Shraibman 2005;
   * Hinton et al. 2012). Default: none.
   */
  readonly maxNorm?: number;
}

/** The schema of {@link PenaltyOptions}. */
export const penaltyOptions = { l1: optional(nonNegative, 0), maxNorm: optional(positive) };

/** Those that are on: what an objective, and a file, has of them. */
export function penaltiesOf(checked: {
  readonly l1: number;
  readonly maxNorm: number | undefined;
}): PenaltyOptions {
  return {
    ...(checked.l1 > 0 ? { l1: checked.l1 } : {}),
    ...(checked.maxNorm === undefined ? {} : { maxNorm: checked.maxNorm }),
  };
}
