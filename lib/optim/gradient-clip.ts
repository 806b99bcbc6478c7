import { ArgumentError } from '../core/errors.js';
import { checkOptions, type OptionalRule, optional, positive, record } from '../core/options.js';

/**
 * How gradients are kept small before the update rule sees them (regularization is part of them then, a rule's weight decay is not):
 * - `norm`: all of them, as one vector, by g·min(1, norm / (‖g‖₂ + 1e-6)) (Pascanu, Mikolov & Bengio 2013; PyTorch's `clip_grad_norm_`)
 * - `value`: each number by min(value, max(−value, g)) (PyTorch's `clip_grad_value_`)
 */
export type GradientClip =
  | { readonly norm: number; readonly value?: undefined }
  | { readonly value: number; readonly norm?: undefined };

/** The schema of an option that is to be checked by {@link checkGradientClip}. */
export const gradientClipOption: OptionalRule<Readonly<Record<string, unknown>> | undefined> =
  optional(record);

/**
 * The option `gradientClip`, checked.
 * @param who opens the messages: `Solver`
 * @throws ArgumentError for anything but { norm } or { value }, a positive number
 */
export function checkGradientClip(who: string, given: unknown): GradientClip | undefined {
  if (given === undefined) return undefined;
  const { norm, value } = checkOptions(`${who}: gradientClip`, given, {
    norm: optional(positive),
    value: optional(positive),
  });
  if (norm !== undefined && value === undefined) return { norm };
  if (value !== undefined && norm === undefined) return { value };
  const received = norm === undefined ? 'neither' : 'both';
  throw new ArgumentError(
    `${who}: expected gradientClip to have either norm or value but received ${received}`,
  );
}
