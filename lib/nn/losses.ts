import type { BuilderSlot, ProgramBuilder } from '../ops/builder.js';

/** A loss as the ops that compute it. */
export interface LossDefinition {
  /** Class indices (batch, 1), numbers of the scores' own shape, or whichever of them is given. */
  readonly target: 'labels' | 'targets' | 'either';
  /**
   * Emits one value a row and the gradient of their mean.
   * @param scores (batch, C)
   * @returns losses (batch, 1), dscores (batch, C)
   */
  emit(
    builder: ProgramBuilder,
    scores: BuilderSlot,
    target: BuilderSlot,
  ): { readonly losses: BuilderSlot; readonly dscores: BuilderSlot };
}

const outputs = (builder: ProgramBuilder, scores: BuilderSlot) => ({
  losses: builder.activation('losses', scores.rows, 1),
  dscores: builder.activation('dscores', scores.rows, scores.cols),
});

/**
 * −log softmax(scores)[label], the softmax included: stable for any finite scores. Of weights of the classes, as mixup and label
 * smoothing make them, −Σ weight·log softmax(scores).
 */
const softmaxCrossEntropy: LossDefinition = {
  target: 'either',
  emit(builder, scores, target) {
    const { losses, dscores } = outputs(builder, scores);
    if (target.dtype === 'int32') {
      builder.emit('softmax_cross_entropy', { scores, labels: target, losses, dscores }, {});
    } else {
      builder.emit('softmax_cross_entropy_targets', { scores, targets: target, losses, dscores }, {});
    }
    return { losses, dscores };
  },
};

/** −log probs[label], on the output of a Softmax layer (ECE285). */
const crossEntropy: LossDefinition = {
  target: 'labels',
  emit(builder, probs, labels) {
    const { losses, dscores: dprobs } = outputs(builder, probs);
    builder.emit('cross_entropy', { probs, labels, losses, dprobs }, {});
    return { losses, dscores: dprobs };
  },
};

/** Σ max(0, s_j − s_label + 1) over the wrong classes j: cs231n's `svm_loss`. */
const hinge: LossDefinition = {
  target: 'labels',
  emit(builder, scores, labels) {
    const { losses, dscores } = outputs(builder, scores);
    builder.emit('hinge', { scores, labels, losses, dscores }, {});
    return { losses, dscores };
  },
};

/** ½ Σ (s − t)², t the one-hot label or any numbers (CS145). */
const mse: LossDefinition = {
  target: 'targets',
  emit(builder, scores, targets) {
    const { losses, dscores } = outputs(builder, scores);
    builder.emit('mse', { scores, targets, losses, dscores }, {});
    return { losses, dscores };
  },
};

/** Every loss; models, criteria and loss functions are derived from this record. */
export const losses = { softmaxCrossEntropy, crossEntropy, hinge, mse } as const satisfies Record<
  string,
  LossDefinition
>;

export type LossName = keyof typeof losses;
