import { checkValue, positive } from '../../core/options.js';
import type { AnyModel } from '../model.js';
import { checkedNet } from './optimizers/optimizer.js';

/**
 * Scales the gradients of a net so that all of them, as one vector, have at most that norm: g·min(1, maxNorm / (‖g‖₂ + 1e-6)), between
 * the backward pass and an optimizer's `step()` (PyTorch's `clip_grad_norm_`).
 * @returns their norm before; NaN or Infinity where it is that, and then they are of no use
 * @throws ArgumentError for a maxNorm that is not a positive number
 * @throws StateError while a training of the net runs
 */
export function clipGradNorm(net: AnyModel, maxNorm: number): number {
  const who = 'clipGradNorm';
  return checkedNet(who, net).clipGradients(who, { norm: checkValue(`${who}: maxNorm`, maxNorm, positive) });
}

/**
 * Moves each number of a net's gradients into [−clipValue, clipValue] (PyTorch's `clip_grad_value_`).
 * @throws ArgumentError for a clipValue that is not a positive number
 * @throws StateError while a training of the net runs
 */
export function clipGradValue(net: AnyModel, clipValue: number): void {
  const who = 'clipGradValue';
  checkedNet(who, net).clipGradients(who, { value: checkValue(`${who}: clipValue`, clipValue, positive) });
}
