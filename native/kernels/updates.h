// Update rules, in the order of their difficulty. w are the parameters, g their gradient, v, m1, m2 what the rule
// remembers.
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

// What Adam and AdamW share (Kingma and Ba, 2015, algorithm 1):
// m1 = β1·m1 + (1 − β1)·g;  m2 = β2·m2 + (1 − β2)·g²;  step = η·m̂1 / (√m̂2 + ε), m̂ = m / (1 − βᵗ)
struct AdamAccess : Access<0b1111, 0b1101, 10> {
  static void prepare(const double* s, double* c) {
    const double rate = s[0], beta1 = s[1], beta2 = s[2], epsilon = s[3], t = s[4], decay = s[5];
    c[0] = rate, c[1] = beta1, c[2] = 1 - beta1, c[3] = beta2, c[4] = 1 - beta2, c[5] = epsilon;
    c[6] = 1 / (1 - std::pow(beta1, t)), c[7] = 1 / (1 - std::pow(beta2, t)), c[8] = decay;
    // √m̂2 = 2ᵏ·√(m2·c₇·4⁻ᵏ) to the bit, with k such that m2 is not made larger: the correction of the first steps, 1000
    // for the usual β2, would lead out of the range of float32 where m2 itself is inside.
    int exponent;
    std::frexp(c[7], &exponent);
    const int k = (exponent + 1) / 2;
    c[7] = std::ldexp(c[7], -2 * k), c[9] = std::ldexp(1.0, k);
  }
  template <class V>
  static V step(V* w, V g, const V* c) {
    w[2] = fma(c[1], w[2], c[2] * g);
    w[3] = fma(c[3], w[3], c[4] * g * g);
    return c[0] * (w[2] * c[6]) / (sqrt(w[3] * c[7]) * c[9] + c[5]);
  }
};

struct adam : AdamAccess {
  template <class V>
  static void run(V* w, const V* c) {
    w[0] = w[0] - step(w, fma(c[8], w[0], w[1]), c);
  }
};

// Weight decay apart from the gradient (Loshchilov and Hutter, 2019): w −= η·λ·w
struct adamw : AdamAccess {
  template <class V>
  static void run(V* w, const V* c) {
    const V decayed = w[0] - c[0] * c[8] * w[0];
    w[0] = decayed - step(w, w[1], c);
  }
};

}  // namespace op
}  // namespace
}  // namespace gemmnet
