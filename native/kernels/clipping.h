// Clipping of gradients.
#pragma once

#include "elementwise.h"

namespace gemmnet {
namespace {
namespace op {

// g = g·min(1, most / (norm + 1e-6)). A norm that is NaN makes all gradients NaN.
struct clip_norm : Access<0b1, 0b1, 1> {
  static double factor(const double* s) { return s[0] / (s[1] + 1e-6); }
  static bool idle(const double* s) { return factor(s) >= 1; }
  static void prepare(const double* s, double* c) { c[0] = factor(s); }
  template <class V>
  static void run(V* v, const V* c) {
    v[0] = v[0] * c[0];
  }
};

// g = min(limit, max(−limit, g)), in which a NaN stays.
struct clip_value : Access<0b1, 0b1, 1> {
  template <class V>
  static void run(V* v, const V* c) {
    v[0] = max(V::zero() - c[0], min(c[0], v[0]));
  }
};

}  // namespace op
}  // namespace
}  // namespace gemmnet
