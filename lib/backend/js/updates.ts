import type { FloatArray, JsOps, Scalars } from './op.js';

// In the order of difficulty. w: parameters, g: their gradient, v, u, m1, m2, peak: what the rule remembers of earlier steps. What is remembered
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

  // v = ρ·v + (1 − ρ)·g²;  d = g·√(u + ε) / √(v + ε);  u = ρ·u + (1 − ρ)·d²;  w −= lr·d (Zeiler 2012)
  adadelta({ w, g, v, u }, { learningRate, rho, epsilon, weightDecay }) {
    const [p, d, squares, steps] = [w.data, g.data, v.data, u.data];
    const n = p.length;
    for (let i = 0; i < n; i++) {
      const slope = d[i]! + weightDecay * p[i]!;
      squares[i] = rho * squares[i]! + (1 - rho) * slope * slope;
      const step = (Math.sqrt(steps[i]! + epsilon) / Math.sqrt(squares[i]! + epsilon)) * slope;
      steps[i] = rho * steps[i]! + (1 - rho) * step * step;
      p[i]! -= learningRate * step;
    }
  },

  // Weight decay as part of the gradient (Kingma and Ba 2015)
  adam: ({ w, g, m1, m2 }, scalars) =>
    adaptiveMoments(w.data, g.data, m1.data, m2.data, m2.data, scalars, false),

  // Weight decay apart from the gradient: w −= lr·weightDecay·w (Loshchilov and Hutter 2019)
  adamw: ({ w, g, m1, m2 }, scalars) =>
    adaptiveMoments(w.data, g.data, m1.data, m2.data, m2.data, scalars, true),

  // Either with the largest m2 so far in its place (Reddi, Kale and Kumar 2018)
  amsgrad: ({ w, g, m1, m2, peak }, scalars) =>
    adaptiveMoments(w.data, g.data, m1.data, m2.data, peak.data, scalars, false),
  amsgradw: ({ w, g, m1, m2, peak }, scalars) =>
    adaptiveMoments(w.data, g.data, m1.data, m2.data, peak.data, scalars, true),

  // m1 = β1·m1 + (1 − β1)·g;  u = max(β2·u, |g| + ε);  w −= lr / (1 − β1ᵗ)·m1 / u (Kingma and Ba 2015)
  adamax({ w, g, m1, u }, { learningRate, beta1, beta2, epsilon, t, weightDecay }) {
    const [p, d, first, largest] = [w.data, g.data, m1.data, u.data];
    const rate = learningRate / (1 - beta1 ** t);
    const n = p.length;
    for (let i = 0; i < n; i++) {
      const slope = d[i]! + weightDecay * p[i]!;
      first[i] = beta1 * first[i]! + (1 - beta1) * slope;
      largest[i] = Math.max(beta2 * largest[i]!, Math.abs(slope) + epsilon);
      p[i]! -= (rate * first[i]!) / largest[i]!;
    }
  },

  // Nesterov's momentum in Adam, with PyTorch's schedule μ of the momentum (Dozat 2016), P the product of all μ so far:
  // w −= lr·((1 − μₜ) / (1 − Pₜ)·g + μₜ₊₁ / (1 − Pₜ·μₜ₊₁)·m1) / (√m̂2 + ε)
  nadam({ w, g, m1, m2 }, { learningRate, beta1, beta2, epsilon, momentumDecay, t, weightDecay }) {
    const [p, d, first, second] = [w.data, g.data, m1.data, m2.data];
    const momentum = (step: number) => beta1 * (1 - 0.5 * 0.96 ** (step * momentumDecay));
    const product = momentumProduct(beta1, momentumDecay, t);
    const ofSlope = (learningRate * (1 - momentum(t))) / (1 - product);
    const ofFirst = (learningRate * momentum(t + 1)) / (1 - product * momentum(t + 1));
    const scale = 1 / Math.sqrt(1 - beta2 ** t);
    const n = p.length;
    for (let i = 0; i < n; i++) {
      const slope = d[i]! + weightDecay * p[i]!;
      first[i] = beta1 * first[i]! + (1 - beta1) * slope;
      second[i] = beta2 * second[i]! + (1 - beta2) * slope * slope;
      p[i]! -= (ofSlope * slope + ofFirst * first[i]!) / (Math.sqrt(second[i]!) * scale + epsilon);
    }
  },

  // Adam with its step rectified, and without the second moment while that is of too few steps (Liu et al. 2020):
  // ρ = ρ∞ − 2·t·β2ᵗ / (1 − β2ᵗ), ρ∞ = 2 / (1 − β2) − 1; where ρ > 5, w −= lr·r·m̂1·√(1 − β2ᵗ) / (√m2 + ε), else w −= lr·m̂1
  radam({ w, g, m1, m2 }, { learningRate, beta1, beta2, epsilon, t, weightDecay }) {
    const [p, d, first, second] = [w.data, g.data, m1.data, m2.data];
    const power = beta2 ** t;
    const longest = 2 / (1 - beta2) - 1;
    const length = longest - (2 * t * power) / (1 - power);
    const rectified = length > 5;
    const rectification = ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length);
    const rate =
      (learningRate / (1 - beta1 ** t)) * (rectified ? Math.sqrt(rectification) * Math.sqrt(1 - power) : 1);
    const n = p.length;
    for (let i = 0; i < n; i++) {
      const slope = d[i]! + weightDecay * p[i]!;
      first[i] = beta1 * first[i]! + (1 - beta1) * slope;
      second[i] = beta2 * second[i]! + (1 - beta2) * slope * slope;
      p[i]! -= rectified ? (rate * first[i]!) / (Math.sqrt(second[i]!) + epsilon) : rate * first[i]!;
    }
  },

  // w −= lr·(sign(β1·m1 + (1 − β1)·g) + weightDecay·w);  m1 = β2·m1 + (1 − β2)·g (Chen et al. 2023)
  lion({ w, g, m1 }, { learningRate, beta1, beta2, weightDecay }) {
    const [p, d, first] = [w.data, g.data, m1.data];
    const kept = 1 - learningRate * weightDecay;
    const n = p.length;
    for (let i = 0; i < n; i++) {
      const slope = d[i]!;
      const direction = Math.sign(beta1 * first[i]! + (1 - beta1) * slope);
      first[i] = beta2 * first[i]! + (1 - beta2) * slope;
      p[i] = kept * p[i]! - learningRate * direction;
    }
  },
} satisfies Partial<JsOps>;

/**
 * m1 = β1·m1 + (1 − β1)·g;  m2 = β2·m2 + (1 − β2)·g²;  w −= lr·m̂1 / (√m̂2 + ε) with m̂ = m / (1 − βᵗ), t counted from 1.
 * @param peak the largest m2 so far, to be divided by in its place, or m2 itself
 */
function adaptiveMoments(
  p: FloatArray,
  d: FloatArray,
  first: FloatArray,
  second: FloatArray,
  peak: FloatArray,
  scalars: Scalars<'adam'>,
  decoupled: boolean,
): void {
  const { learningRate, beta1, beta2, epsilon, t, weightDecay } = scalars;
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
    if (peak !== second) peak[i] = Math.max(peak[i]!, second[i]!);
    p[i] = kept * before - (rate * first[i]!) / (Math.sqrt(peak[i]!) * scale + epsilon);
  }
}

/**
 * Π μᵢ of the steps i = 1 … t, μᵢ = β·(1 − ½·0.96^(i·ψ)). From t alone, so that a training that goes on needs nothing else. The loop
 * ends where nothing changes any more: the product does not show beside 1, or μ has become β. That is after some hundred steps at
 * most, whatever β, ψ and t are. As in the native core.
 */
function momentumProduct(beta: number, psi: number, t: number): number {
  const vanishes = 2 ** -54;
  const shrink = 0.96 ** psi;
  let product = 1;
  let warmUp = 0.5;
  for (let i = 1; i <= t; i++) {
    warmUp *= shrink;
    if (warmUp < vanishes) return product * beta ** (t - i + 1);
    product *= beta * (1 - warmUp);
    if (product < vanishes) return product;
  }
  return product;
}
