// Update rules, in the order of their difficulty. w are the parameters, g their gradient, v, u, m1, m2, peak what the
// rule remembers.
#pragma once

#include <cmath>

#include "elementwise.h"

namespace gemmnet {
namespace {
namespace op {

// w −= η·g
template <class V>
inline V descend(V w, V g, V rate) {
  return w - rate * g;
}

// w −= η·(g + λ·w)
struct sgd : Access<0b11, 0b01, 2> {
  template <class V>
  static void run(V* w, const V* c) {
    w[0] = descend(w[0], fma(c[1], w[0], w[1]), c[0]);
  }
};

// v = μ·v − η·g;  w += v
struct momentum : Access<0b111, 0b101, 3> {
  template <class V>
  static void run(V* w, const V* c) {
    const V g = fma(c[2], w[0], w[1]);
    w[2] = c[1] * w[2] - c[0] * g;
    w[0] = w[0] + w[2];
  }
};

// v' = μ·v − η·g;  w += −μ·v + (1 + μ)·v'
struct nesterov : Access<0b111, 0b101, 3> {
  template <class V>
  static void run(V* w, const V* c) {
    const V g = fma(c[2], w[0], w[1]);
    const V before = w[2];
    w[2] = c[1] * w[2] - c[0] * g;
    w[0] = w[0] + (fma(c[1], w[2], w[2]) - c[1] * before);
  }
};

// v = δ·v + (1 − δ)·g²;  w −= η·g / (√v + ε)
struct rmsprop : Access<0b111, 0b101, 5> {
  static void prepare(const double* s, double* c) {
    c[0] = s[0], c[1] = s[1], c[2] = 1 - s[1], c[3] = s[2], c[4] = s[3];
  }
  template <class V>
  static void run(V* w, const V* c) {
    const V g = fma(c[4], w[0], w[1]);
    w[2] = fma(c[2] * g, g, c[1] * w[2]);
    w[0] = w[0] - c[0] * g / (sqrt(w[2]) + c[3]);
  }
};

// v += g²;  w −= η·g / (√v + ε)
struct adagrad : Access<0b111, 0b101, 3> {
  template <class V>
  static void run(V* w, const V* c) {
    const V g = fma(c[2], w[0], w[1]);
    w[2] = fma(g, g, w[2]);
    w[0] = w[0] - c[0] * g / (sqrt(w[2]) + c[1]);
  }
};

// The larger one; NaN if one is.
template <class V>
inline V larger(V a, V b) {
  // No comparison with NaN is true: the inner choice keeps an a that is NaN, the outer one a b.
  return select(b <= b, select(a < b, b, a), b);
}

// v = ρ·v + (1 − ρ)·g²;  d = g·√(u + ε) / √(v + ε);  u = ρ·u + (1 − ρ)·d²;  w −= η·d
struct adadelta : Access<0b1111, 0b1101, 5> {
  static void prepare(const double* s, double* c) {
    c[0] = s[0], c[1] = s[1], c[2] = 1 - s[1], c[3] = s[2], c[4] = s[3];
  }
  template <class V>
  static void run(V* w, const V* c) {
    const V g = fma(c[4], w[0], w[1]);
    w[2] = fma(c[2] * g, g, c[1] * w[2]);
    const V d = sqrt(w[3] + c[3]) / sqrt(w[2] + c[3]) * g;
    w[3] = fma(c[2] * d, d, c[1] * w[3]);
    w[0] = w[0] - c[0] * d;
  }
};

// √m̂ = outside·√(m·inside) to the bit, with m̂ = m / (1 − βᵗ) and a power of two outside such that m is not made larger:
// the correction of the first steps, 1000 for the usual β2, would lead out of the range of float32 where m itself is
// inside.
inline void corrected_root(double beta, double t, double& inside, double& outside) {
  const double correction = 1 / (1 - std::pow(beta, t));
  int exponent;
  std::frexp(correction, &exponent);
  const int k = (exponent + 1) / 2;
  inside = std::ldexp(correction, -2 * k), outside = std::ldexp(1.0, k);
}

// What Adam, AdamW and AMSGrad share (Kingma and Ba, 2015, algorithm 1):
// m1 = β1·m1 + (1 − β1)·g;  m2 = β2·m2 + (1 − β2)·g²;  step = η·m̂1 / (√m̂2 + ε), m̂ = m / (1 − βᵗ)
template <unsigned Reads, unsigned Writes>
struct AdamAccess : Access<Reads, Writes, 10> {
  static void prepare(const double* s, double* c) {
    const double rate = s[0], beta1 = s[1], beta2 = s[2], epsilon = s[3], t = s[4], decay = s[5];
    c[0] = rate, c[1] = beta1, c[2] = 1 - beta1, c[3] = beta2, c[4] = 1 - beta2, c[5] = epsilon;
    c[6] = 1 / (1 - std::pow(beta1, t)), c[8] = decay;
    corrected_root(beta2, t, c[7], c[9]);
  }
  template <class V>
  static void remember(V* w, V g, const V* c) {
    w[2] = fma(c[1], w[2], c[2] * g);
    w[3] = fma(c[3], w[3], c[4] * g * g);
  }
  template <class V>
  static V step(V m1, V m2, const V* c) {
    return c[0] * (m1 * c[6]) / (sqrt(m2 * c[7]) * c[9] + c[5]);
  }
};

struct adam : AdamAccess<0b1111, 0b1101> {
  template <class V>
  static void run(V* w, const V* c) {
    remember(w, fma(c[8], w[0], w[1]), c);
    w[0] = w[0] - step(w[2], w[3], c);
  }
};

// Weight decay apart from the gradient (Loshchilov and Hutter, 2019): w −= η·λ·w
struct adamw : AdamAccess<0b1111, 0b1101> {
  template <class V>
  static void run(V* w, const V* c) {
    const V decayed = w[0] - c[0] * c[8] * w[0];
    remember(w, w[1], c);
    w[0] = decayed - step(w[2], w[3], c);
  }
};

// The largest m2 so far in its place (Reddi, Kale and Kumar, 2018)
struct amsgrad : AdamAccess<0b11111, 0b11101> {
  template <class V>
  static void run(V* w, const V* c) {
    remember(w, fma(c[8], w[0], w[1]), c);
    w[4] = larger(w[4], w[3]);
    w[0] = w[0] - step(w[2], w[4], c);
  }
};

struct amsgradw : AdamAccess<0b11111, 0b11101> {
  template <class V>
  static void run(V* w, const V* c) {
    const V decayed = w[0] - c[0] * c[8] * w[0];
    remember(w, w[1], c);
    w[4] = larger(w[4], w[3]);
    w[0] = decayed - step(w[2], w[4], c);
  }
};

// m1 = β1·m1 + (1 − β1)·g;  u = max(β2·u, |g| + ε);  w −= η / (1 − β1ᵗ)·m1 / u
struct adamax : Access<0b1111, 0b1101, 6> {
  static void prepare(const double* s, double* c) {
    const double rate = s[0], beta1 = s[1], beta2 = s[2], epsilon = s[3], t = s[4], decay = s[5];
    c[0] = rate / (1 - std::pow(beta1, t)), c[1] = beta1, c[2] = 1 - beta1, c[3] = beta2, c[4] = epsilon, c[5] = decay;
  }
  template <class V>
  static void run(V* w, const V* c) {
    const V g = fma(c[5], w[0], w[1]);
    w[2] = fma(c[1], w[2], c[2] * g);
    w[3] = larger(c[3] * w[3], max(V::zero() - g, g) + c[4]);
    w[0] = w[0] - c[0] * w[2] / w[3];
  }
};

// Π μᵢ of the steps i = 1 … t, μᵢ = β·(1 − ½·0.96^(i·ψ)). From t alone, so that a training that goes on needs nothing
// else. The loop ends where nothing changes any more: the product does not show beside 1, or μ has become β. That is
// after some hundred steps at most, whatever β, ψ and t are.
inline double momentum_product(double beta, double psi, double t) {
  constexpr double vanishes = 0x1p-54;
  const double shrink = std::pow(0.96, psi);
  double product = 1, warm_up = 0.5;
  for (double i = 1; i <= t; ++i) {
    warm_up *= shrink;
    if (warm_up < vanishes) return product * std::pow(beta, t - i + 1);
    product *= beta * (1 - warm_up);
    if (product < vanishes) return product;
  }
  return product;
}

// Nesterov's momentum in Adam, with PyTorch's schedule μ of the momentum (Dozat, 2016), P the product of all μ so far:
// w −= η·((1 − μₜ) / (1 − Pₜ)·g + μₜ₊₁ / (1 − Pₜ·μₜ₊₁)·m1) / (√m̂2 + ε)
struct nadam : Access<0b1111, 0b1101, 10> {
  static void prepare(const double* s, double* c) {
    const double rate = s[0], beta1 = s[1], beta2 = s[2], epsilon = s[3], psi = s[4], t = s[5], decay = s[6];
    const auto momentum = [&](double step) { return beta1 * (1 - 0.5 * std::pow(0.96, step * psi)); };
    const double product = momentum_product(beta1, psi, t), next = momentum(t + 1);
    c[0] = rate * (1 - momentum(t)) / (1 - product), c[1] = rate * next / (1 - product * next);
    c[2] = beta1, c[3] = 1 - beta1, c[4] = beta2, c[5] = 1 - beta2, c[6] = epsilon, c[7] = decay;
    corrected_root(beta2, t, c[8], c[9]);
  }
  template <class V>
  static void run(V* w, const V* c) {
    const V g = fma(c[7], w[0], w[1]);
    w[2] = fma(c[2], w[2], c[3] * g);
    w[3] = fma(c[4], w[3], c[5] * g * g);
    w[0] = w[0] - fma(c[0], g, c[1] * w[2]) / (sqrt(w[3] * c[8]) * c[9] + c[6]);
  }
};

// Adam with its step rectified, and without the second moment while that is of too few steps (Liu et al., 2020):
// ρ = ρ∞ − 2·t·β2ᵗ / (1 − β2ᵗ), ρ∞ = 2 / (1 − β2) − 1; where ρ > 5, w −= η·r·m̂1·√(1 − β2ᵗ) / (√m2 + ε), else w −= η·m̂1
struct radam : Access<0b1111, 0b1101, 8> {
  static void prepare(const double* s, double* c) {
    const double rate = s[0], beta1 = s[1], beta2 = s[2], epsilon = s[3], t = s[4], decay = s[5];
    const double power = std::pow(beta2, t), longest = 2 / (1 - beta2) - 1;
    const double length = longest - 2 * t * power / (1 - power);
    const bool rectified = length > 5;
    c[0] = rate / (1 - std::pow(beta1, t));
    if (rectified)
      c[0] *= std::sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)) *
              std::sqrt(1 - power);
    c[1] = beta1, c[2] = 1 - beta1, c[3] = beta2, c[4] = 1 - beta2, c[5] = epsilon, c[6] = decay, c[7] = rectified;
  }
  template <class V>
  static void run(V* w, const V* c) {
    const V g = fma(c[6], w[0], w[1]);
    w[2] = fma(c[1], w[2], c[2] * g);
    w[3] = fma(c[3], w[3], c[4] * g * g);
    const V step = c[0] * w[2];
    w[0] = w[0] - select(V::zero() < c[7], step / (sqrt(w[3]) + c[5]), step);
  }
};

// w −= η·(sign(β1·m1 + (1 − β1)·g) + λ·w);  m1 = β2·m1 + (1 − β2)·g (Chen et al., 2023)
struct lion : Access<0b111, 0b101, 6> {
  static void prepare(const double* s, double* c) {
    c[0] = s[0], c[1] = s[1], c[2] = 1 - s[1], c[3] = s[2], c[4] = 1 - s[2], c[5] = s[3];
  }
  template <class V>
  static void run(V* w, const V* c) {
    const V d = fma(c[1], w[2], c[2] * w[1]);
    w[2] = fma(c[3], w[2], c[4] * w[1]);
    w[0] = w[0] - c[0] * c[5] * w[0] - c[0] * sign(d);
  }
};

}  // namespace op
}  // namespace
}  // namespace gemmnet
