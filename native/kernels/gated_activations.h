// Activations that are x times a gate between 0 and 1, of which the gate is 0 or 1 long before x ends. There x is held,
// so that an infinite one times 0 is 0 as in the limit, and not NaN. In this order a NaN stays.
#pragma once

#include "../simd/normal.h"
#include "elementwise.h"

namespace gemmnet {
namespace {
namespace op {

// Beyond ±this, e^−|x| is 0 and σ and tanh are 0 or 1, in float and in double.
inline constexpr int kGateEnd = 1000;

template <class V>
inline V at_least(int end, V x) {
  return max(V::set1(static_cast<typename V::Lane>(-end)), x);
}

template <class V>
inline V between(int end, V x) {
  return at_least(end, min(V::set1(static_cast<typename V::Lane>(end)), x));
}

// x·Φ(x) (Hendrycks and Gimpel 2016)
struct gelu : Access<0b01, 0b10> {
  template <class V>
  static void run(V* v, const V*) {
    v[1] = at_least(kGateEnd, v[0]) * normal<typename V::Lane>(v[0]).below;
  }
};

// Φ(x) + x·φ(x)
struct gelu_backward : Access<0b011, 0b100> {
  template <class V>
  static void run(V* v, const V*) {
    const auto [below, density] = normal<typename V::Lane>(v[1]);
    v[2] = v[0] * fma(between(kGateEnd, v[1]), density, below);
  }
};

// The same with ½·(1 + tanh u) = σ(2u) for Φ(x), u = √(2/π)·(x + 0.044715·x³); 2u and its derivative:
struct GeluTanh {
  static constexpr int end = 100;
  static constexpr double slope = 1.5957691216057307, cubic = 0.044715;
  template <class V>
  static V twice_u(V x) {
    using T = typename V::Lane;
    return x * fma(V::set1(T(slope * cubic)) * x, x, V::set1(T(slope)));
  }
  template <class V>
  static V derivative(V x) {
    using T = typename V::Lane;
    return fma(V::set1(T(3 * slope * cubic)) * x, x, V::set1(T(slope)));
  }
};

struct gelu_tanh : Access<0b01, 0b10> {
  template <class V>
  static void run(V* v, const V*) {
    const V x = between(GeluTanh::end, v[0]);
    v[1] = at_least(GeluTanh::end, v[0]) * gemmnet::sigmoid<typename V::Lane>(GeluTanh::twice_u(x));
  }
};

struct gelu_tanh_backward : Access<0b011, 0b100> {
  template <class V>
  static void run(V* v, const V*) {
    const V x = between(GeluTanh::end, v[1]);
    const V s = gemmnet::sigmoid<typename V::Lane>(GeluTanh::twice_u(x));
    v[2] = v[0] * (s * fma(x * (V::set1(1) - s), GeluTanh::derivative(x), V::set1(1)));
  }
};

// x·σ(x), also called swish (Elfwing et al. 2017; Ramachandran et al. 2017)
struct silu : Access<0b01, 0b10> {
  template <class V>
  static void run(V* v, const V*) {
    v[1] = at_least(kGateEnd, v[0]) * gemmnet::sigmoid<typename V::Lane>(v[0]);
  }
};

// σ·(1 + x·(1 − σ))
struct silu_backward : Access<0b011, 0b100> {
  template <class V>
  static void run(V* v, const V*) {
    const V s = gemmnet::sigmoid<typename V::Lane>(v[1]), one = V::set1(1);
    v[2] = v[0] * (s * fma(between(kGateEnd, v[1]), one - s, one));
  }
};

// x·tanh(softplus(x)) (Misra 2019). With u = eˣ and w = u·(u + 2), tanh(log(1 + u)) = w / (w + 2): 1 long before u
// overflows.
struct Mish {
  static constexpr int end = 40;
  template <class V>
  static V exponential(V x) {
    return exp<typename V::Lane>(min(V::set1(end), x));
  }
};

struct mish : Access<0b01, 0b10> {
  template <class V>
  static void run(V* v, const V*) {
    const V two = V::set1(2), u = Mish::exponential(v[0]), w = u * (u + two);
    v[1] = at_least(kGateEnd, v[0]) * (w / (w + two));
  }
};

// w / (w + 2) + x·4u·(1 + u) / (w + 2)²
struct mish_backward : Access<0b011, 0b100> {
  template <class V>
  static void run(V* v, const V*) {
    const V one = V::set1(1), two = V::set1(2);
    const V x = at_least(kGateEnd, min(V::set1(Mish::end), v[1]));
    const V u = Mish::exponential(x), w = u * (u + two), d = w + two;
    v[2] = v[0] * (fma(x, V::set1(4) * u * (one + u) / d, w) / d);
  }
};

}  // namespace op
}  // namespace
}  // namespace gemmnet
