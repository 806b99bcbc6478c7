import type { JsOps } from './op.js';

// `n`: V8 reads an array's length anew for each element. That costs a tenth, and a third once both dtypes have come by.
export const elementwise = {
  copy({ x, y }) {
    y.data.set(x.data);
  },

  add({ a, b, c }) {
    const [p, q, out] = [a.data, b.data, c.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = p[i]! + q[i]!;
  },

  axpy({ x, y }, { alpha }) {
    // Regularization that is off costs nothing.
    if (alpha === 0) return;
    const [from, out] = [x.data, y.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i]! += alpha * from[i]!;
  },

  // y += alpha·sign(x)
  axpy_sign({ x, y }, { alpha }) {
    const [from, out] = [x.data, y.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i]! += alpha * Math.sign(from[i]!);
  },
} satisfies Partial<JsOps>;
