import { type BuilderSlot, ProgramBuilder } from '../ops/builder.js';
import type { GradientClip } from '../optim/gradient-clip.js';
import type { Network } from './network.js';

/** Appends what clips the range of all gradients. The scalar `gradientNorm` is then their norm before, where that is what is clipped. */
export function emitClip(builder: ProgramBuilder, gradients: BuilderSlot, clip: GradientClip): void {
  builder.label('gradient clipping');
  if (clip.norm === undefined) {
    builder.emit('clip_value', { g: gradients }, { limit: builder.scalar('clipValue') });
    return;
  }
  const norm = builder.scalar('gradientNorm');
  builder.emit('norm', { x: gradients }, { norm });
  builder.emit('clip_norm', { g: gradients }, { maxNorm: builder.scalar('clipNorm'), norm });
}

/** The scalars that {@link emitClip} reads. */
export function clipScalars(clip: GradientClip | undefined): Readonly<Record<string, number>> {
  if (clip === undefined) return {};
  return clip.norm === undefined ? { clipValue: clip.value } : { clipNorm: clip.norm };
}

/** Clips the gradients that lie there. */
export function lowerClip(network: Network, clip: GradientClip): ProgramBuilder {
  const builder = new ProgramBuilder(network.dtype);
  const length = network.parameterLength;
  builder.phase('update');
  emitClip(builder, builder.at(builder.buffer('parameters'), length, 'gradients', 1, length), clip);
  return builder;
}
