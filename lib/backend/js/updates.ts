import type { JsOps, Operands, Scalars } from './op.js';

// In the order of difficulty. w: parameters, g: their gradient, v, m1, m2: what the rule remembers of earlier steps. What is remembered
// is read again before it is used: what is infinite in float32 is so in this step already, as in the native core.
export const updates = {
  // w −= lr·g
  sgd({ w, g }, { learningRate, weightDecay }) {
    const [p, d] = [w.data, g.data];
    const n = p.length;
    for (let i = 0; i < n; i++) {
      const before = p[i]!;
      p[i] = before - learningRate * (d[i]! + weightDecay * before);
    }
  },

  // v = μ·v − lr·g;  w += v
  momentum({ w, g, v }, { learningRate, momentum, weightDecay }) {
    const [p, d, velocity] = [w.data, g.data, v.data];
    const n = p.length;
    for (let i = 0; i < n; i++) {
      velocity[i] = momentum * velocity[i]! - learningRate * (d[i]! + weightDecay * p[i]!);
      p[i]! += velocity[i]!;
    }
  },

  // v′ = μ·v − lr·g;  w += −μ·v + (1 + μ)·v′ (the look-ahead written in terms of the shifted w, as in cs231n)
  nesterov({ w, g, v }, { learningRate, momentum, weightDecay }) {
    const [p, d, velocity] = [w.data, g.data, v.data];
    const n = p.length;
    for (let i = 0; i < n; i++) {
      const before = velocity[i]!;
      velocity[i] = momentum * before - learningRate * (d[i]! + weightDecay * p[i]!);
      p[i]! += -momentum * before + (1 + momentum) * velocity[i]!;
    }
  },

  // v = d·v + (1 − d)·g²;  w −= lr·g / (√v + ε) (Tieleman and Hinton 2012)
  rmsprop({ w, g, v }, { learningRate, decayRate, epsilon, weightDecay }) {
    const [p, d, squares] = [w.data, g.data, v.data];
    const n = p.length;
    for (let i = 0; i < n; i++) {
      const slope = d[i]! + weightDecay * p[i]!;
      squares[i] = decayRate * squares[i]! + (1 - decayRate) * slope * slope;
      p[i]! -= (learningRate * slope) / (Math.sqrt(squares[i]!) + epsilon);
    }
  },

  // v += g²;  w −= lr·g / (√v + ε) (Duchi, Hazan and Singer 2011)
  adagrad({ w, g, v }, { learningRate, epsilon, weightDecay }) {
    const [p, d, squares] = [w.data, g.data, v.data];
    const n = p.length;
    for (let i = 0; i < n; i++) {
      const slope = d[i]! + weightDecay * p[i]!;
      squares[i]! += slope * slope;
      p[i]! -= (learningRate * slope) / (Math.sqrt(squares[i]!) + epsilon);
    }
  },

  // Weight decay as part of the gradient (Kingma and Ba 2015)
  adam: (operands, scalars) => adaptiveMoments(operands, scalars, false),

  // Weight decay apart from the gradient: w −= lr·weightDecay·w (Loshchilov and Hutter 2019)
  adamw: (operands, scalars) => adaptiveMoments(operands, scalars, true),
} satisfies Partial<JsOps>;

/** m1 = β1·m1 + (1 − β1)·g;  m2 = β2·m2 + (1 − β2)·g²;  w −= lr·m̂1 / (√m̂2 + ε) with m̂ = m / (1 − βᵗ), t counted from 1. */
function adaptiveMoments(
  { w, g, m1, m2 }: Operands<'adam'>,
  scalars: Scalars<'adam'>,
  decoupled: boolean,
): void {
  const { learningRate, beta1, beta2, epsilon, t, weightDecay } = scalars;
  const [p, d, first, second] = [w.data, g.data, m1.data, m2.data];
  // The corrections by 1 − βᵗ, out of the loop: one division an element instead of three.
  const rate = learningRate / (1 - beta1 ** t);
  const scale = 1 / Math.sqrt(1 - beta2 ** t);
  const kept = decoupled ? 1 - learningRate * weightDecay : 1;
  const n = p.length;
  for (let i = 0; i < n; i++) {
    const before = p[i]!;
    const slope = decoupled ? d[i]! : d[i]! + weightDecay * before;
    first[i] = beta1 * first[i]! + (1 - beta1) * slope;
    second[i] = beta2 * second[i]! + (1 - beta2) * slope * slope;
    p[i] = kept * before - (rate * first[i]!) / (Math.sqrt(second[i]!) * scale + epsilon);
  }
}
