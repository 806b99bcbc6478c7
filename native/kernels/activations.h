// Activations and their derivatives. A backward op takes the forward result y where the derivative is cheap to have of
// it. Those that are x times a gate are in gated_activations.h.
#pragma once

#include "elementwise.h"

namespace gemmnet {
namespace {
namespace op {

// max(0, x), but a NaN stays a NaN.
struct relu : Access<0b01, 0b10> {
  template <class V>
  static void run(V* v, const V*) {
    v[1] = select(v[0] <= V::zero(), V::zero(), v[0]);
  }
};

struct relu_backward : Access<0b011, 0b100> {
  template <class V>
  static void run(V* v, const V*) {
    v[2] = select(v[1] <= V::zero(), V::zero(), v[0]);
  }
};

// x where x > 0, else slope·x
struct leaky_relu : Access<0b01, 0b10, 1> {
  template <class V>
  static void run(V* v, const V* c) {
    v[1] = select(v[0] <= V::zero(), c[0] * v[0], v[0]);
  }
};

// Of x: with a negative slope y does not tell on which side x was.
struct leaky_relu_backward : Access<0b011, 0b100, 1> {
  template <class V>
  static void run(V* v, const V* c) {
    v[2] = select(v[1] <= V::zero(), c[0] * v[0], v[0]);
  }
};

// scale·x where x > 0, else scale·α·(eˣ − 1); c = {scale, scale·α}
template <class V>
inline V scaled_elu(V x, const V* c) {
  const V below = c[1] * expm1_negative<typename V::Lane>(min(V::zero(), x));
  return select(x <= V::zero(), below, c[0] * x);
}

// Where x ≤ 0, the derivative scale·α·eˣ is y + scale·α.
template <class V>
inline V scaled_elu_backward(V dy, V y, const V* c) {
  return dy * select(V::zero() < y, c[0], y + c[1]);
}

struct elu : Access<0b01, 0b10, 2> {
  static void prepare(const double* s, double* c) { c[0] = 1, c[1] = s[0]; }
  template <class V>
  static void run(V* v, const V* c) {
    v[1] = scaled_elu(v[0], c);
  }
};

struct elu_backward : Access<0b011, 0b100, 2> {
  static void prepare(const double* s, double* c) { elu::prepare(s, c); }
  template <class V>
  static void run(V* v, const V* c) {
    v[2] = scaled_elu_backward(v[0], v[1], c);
  }
};

// The scale and α with which mean 0 and variance 1 are a fixed point (Klambauer et al. 2017).
struct selu : Access<0b01, 0b10, 2> {
  static void prepare(const double*, double* c) {
    c[0] = 1.0507009873554804934193349852946, c[1] = c[0] * 1.6732632423543772848170429916717;
  }
  template <class V>
  static void run(V* v, const V* c) {
    v[1] = scaled_elu(v[0], c);
  }
};

struct selu_backward : Access<0b011, 0b100, 2> {
  static void prepare(const double* s, double* c) { selu::prepare(s, c); }
  template <class V>
  static void run(V* v, const V* c) {
    v[2] = scaled_elu_backward(v[0], v[1], c);
  }
};

// log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|), which overflows nowhere
struct softplus : Access<0b01, 0b10> {
  template <class V>
  static void run(V* v, const V*) {
    using T = typename V::Lane;
    v[1] = max(V::zero(), v[0]) + log1p<T>(exp<T>(V::zero() - abs<T>(v[0])));
  }
};

// σ(x) = 1 − e⁻ʸ
struct softplus_backward : Access<0b011, 0b100> {
  template <class V>
  static void run(V* v, const V*) {
    v[2] = v[0] * (V::zero() - expm1_negative<typename V::Lane>(V::zero() - v[1]));
  }
};

// x / 6 + ½, held between 0 and 1. In this order a NaN stays.
struct hardsigmoid : Access<0b01, 0b10> {
  template <class V>
  static void run(V* v, const V*) {
    const V six = V::set1(6);
    v[1] = min(six, max(V::zero(), v[0] + V::set1(3))) / six;
  }
};

struct hardsigmoid_backward : Access<0b011, 0b100> {
  template <class V>
  static void run(V* v, const V*) {
    const V below_one = select(V::set1(1) <= v[1], V::zero(), v[0] / V::set1(6));
    v[2] = select(v[1] <= V::zero(), V::zero(), below_one);
  }
};

struct sigmoid : Access<0b01, 0b10> {
  template <class V>
  static void run(V* v, const V*) {
    v[1] = gemmnet::sigmoid<typename V::Lane>(v[0]);
  }
};

// σ' = σ·(1 − σ)
struct sigmoid_backward : Access<0b011, 0b100> {
  template <class V>
  static void run(V* v, const V*) {
    v[2] = v[0] * (v[1] * (V::set1(1) - v[1]));
  }
};

struct tanh : Access<0b01, 0b10> {
  template <class V>
  static void run(V* v, const V*) {
    v[1] = gemmnet::tanh<typename V::Lane>(v[0]);
  }
};

// tanh' = 1 − tanh²
struct tanh_backward : Access<0b011, 0b100> {
  template <class V>
  static void run(V* v, const V*) {
    v[2] = v[0] * (V::set1(1) - v[1] * v[1]);
  }
};

}  // namespace op
}  // namespace
}  // namespace gemmnet
