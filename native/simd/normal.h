// The normal distribution on Vec<T>, to a few units in the last place wherever the result is a normal number: in the
// tail, where 1 + erf(x / √2) has none of its digits left, as well. lib/backend/js/normal.ts is its twin.
#pragma once

#include "math.h"

namespace gemmnet {
namespace {

// Beyond ±this, e^(−x²/2) is 0 in T.
template <class T>
inline constexpr T kNormalEnd = sizeof(T) == 4 ? T(15) : T(40);

// (1 + z)·Φ(−z)·e^(z²/2) as a polynomial in t = (z − 5) / (z + 5), interpolated at the Chebyshev nodes of 0 ≤ z ≤
// kNormalEnd: smooth, and of one size from end to end. Its relative error is 1.5e-17, in float 2.8e-9.
template <class T>
struct NormalTail;

template <>
struct NormalTail<double> {
  static constexpr double coefficients[] = {
      0.461515829850037775,    -0.091552281834008804,  0.0310303684259633778,   0.0100023523852042729,
      -0.026401042966303377,   0.0245369632444809049,  -0.0151704154023008884,  0.0065220006560217193,
      -0.00167607235091543553, 7.79169213115947812e-6, 0.00018233421567560568,  -0.0000536080375146256321,
      -9.89651938042711072e-6, 9.06118493538809699e-6, -6.8839721757385018e-8,  -1.30992513798004199e-6,
      1.2455844413329596e-7,   1.98801868328995518e-7, -2.18609731875128201e-8, -3.19314208750799066e-8,
      3.51802152247535721e-10, 3.97771990827242176e-9, 7.51951424269434528e-10};
};

template <>
struct NormalTail<float> {
  static constexpr float coefficients[] = {0.4615158296f,    -0.09155228619f,  0.03103040616f,  0.01000249425f,
                                           -0.02640194237f,  0.02453538559f,   -0.01516309499f, 0.006531861136f,
                                           -0.001700684543f, -2.733826916e-5f, 0.0002096040379f};
};

// e^(−z²/2). The rounding of z² would be an error of as many units as z² is large: it is added again. The upper half of
// z's digits has an exact square.
template <class T>
inline Vec<T> gauss(Vec<T> z) {
  using V = Vec<T>;
  using Bits = typename Format<T>::Bits;
  const V upper = z & V::from_bits(~((Bits(1) << (Format<T>::mantissa_bits / 2 + 1)) - 1));
  const V square = z * z;
  const V rest = (upper * upper - square) + (z - upper) * (z + upper);
  const V half = V::set1(T(0.5)), e = exp<T>(V::zero() - half * square);
  return e - e * (half * rest);
}

// The distribution function Φ(x) and the density φ(x).
template <class T>
struct Normal {
  Vec<T> below, density;
};

template <class T>
inline Normal<T> normal(Vec<T> x) {
  using V = Vec<T>;
  constexpr auto& c = NormalTail<T>::coefficients;
  constexpr int terms = sizeof(c) / sizeof(T);
  const V one = V::set1(1), five = V::set1(5);
  const V z = min(V::set1(kNormalEnd<T>), abs<T>(x));
  const V g = gauss<T>(z), t = (z - five) / (z + five);
  V p = V::set1(c[terms - 1]);
  for (int i = terms - 2; i >= 0; --i) p = fma(p, t, V::set1(c[i]));
  const V tail = g * p / (z + one);
  return {select(x <= V::zero(), tail, one - tail), g * V::set1(T(0.39894228040143267794))};
}

}  // namespace
}  // namespace gemmnet
