// Activations and their derivatives. Each backward op takes the forward result y, from which the derivative is cheap.
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
