import type { JsOps } from './op.js';

export const clipping = {
  // g = g·min(1, maxNorm / (norm + 1e-6)). A norm that is NaN makes all gradients NaN.
  clip_norm({ g }, { maxNorm, norm }) {
    const factor = maxNorm / (norm + 1e-6);
    if (factor >= 1) return;
    const { data } = g;
    const n = data.length;
    for (let i = 0; i < n; i++) data[i]! *= factor;
  },

  // g = min(limit, max(−limit, g)), in which a NaN stays
  clip_value({ g }, { limit }) {
    const { data } = g;
    const n = data.length;
    for (let i = 0; i < n; i++) data[i] = Math.min(limit, Math.max(-limit, data[i]!));
  },
} satisfies Partial<JsOps>;
