import { any, optional } from '../core/options.js';
import type { Json } from '../nn/layer.js';
import {
  type Loss,
  type LossName,
  type LossNames,
  type LossOption,
  lossNames,
  lossOf,
} from '../nn/losses/index.js';

/** The losses that a net on scores takes, of which crossEntropy, on probabilities, is none. */
type ScoreLossName = Exclude<LossName, 'crossEntropy'>;

/** `'softmax'`, as the courses call it, is softmaxCrossEntropy; else a name, `{ name, … }` with options, or a CustomLoss. */
export type NetLoss = 'softmax' | ScoreLossName | Exclude<LossOption, string>;

const names: LossNames = {
  softmax: 'softmaxCrossEntropy',
  ...Object.fromEntries(lossNames.filter((name) => name !== 'crossEntropy').map((name) => [name, name])),
};

/** The rule of the option; what it says is looked at by {@link netLoss}. */
export const netLossRule = optional(any);

/**
 * @param who opens the messages: `TwoLayerNet`
 * @returns the loss, and what a file keeps of it
 */
export function netLoss(who: string, given: unknown): { readonly loss: Loss; readonly config: Json } {
  const value = given ?? 'softmax';
  const loss = lossOf(`${who}: option loss`, value, names);
  // As it was given, so that versions before this one read the file.
  return { loss, config: typeof value === 'string' ? value : loss.config };
}
