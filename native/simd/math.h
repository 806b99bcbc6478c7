// exp, expm1, log, log1p and tanh on Vec<T>, to about one unit in the last place. Our own, so that a training gives the
// same bits with every C library; libm's vector variants differ between versions.
#pragma once

#include "vec.h"

namespace gemmnet {
namespace {

// 1.5·2^mantissa: adding it rounds to an integer, whose two's complement then stands in the low bits.
template <class T>
inline constexpr T kRounder = T(3ull << (Format<T>::mantissa_bits - 1));

template <class T>
inline Vec<T> round_to_integer(Vec<T> x) {
  const auto rounder = Vec<T>::set1(kRounder<T>);
  return (x + rounder) - rounder;
}

// 2^n for an integer n inside the exponent range of normal numbers.
template <class T>
inline Vec<T> power_of_two(Vec<T> n) {
  return shift_left<Format<T>::mantissa_bits>(n + Vec<T>::set1(kRounder<T> + T(Format<T>::bias)));
}

// x = n·ln 2 + r with |r| ≤ ½·ln 2; ln 2 in two parts (Cody and Waite), so that r is exact to the last bits.
template <class T>
struct Reduced {
  Vec<T> n, r;
};

template <class T>
inline Reduced<T> reduce_by_ln2(Vec<T> x) {
  constexpr bool single = sizeof(T) == 4;
  const auto high = Vec<T>::set1(single ? T(-0.693359375) : T(-6.93147180369123816490e-01));
  const auto low = Vec<T>::set1(single ? T(2.12194440e-4) : T(-1.90821492927058770002e-10));
  const auto n = round_to_integer<T>(x * Vec<T>::set1(T(1.44269504088896340736)));
  return {n, fma(n, low, fma(n, high, x))};
}

// (e^r − 1 − r) / r², |r| ≤ 0.35, by its Taylor series.
template <class T>
inline Vec<T> exp_series(Vec<T> r) {
  constexpr double inverse_factorial[] = {
      1.0 / 2,      1.0 / 6,       1.0 / 24,       1.0 / 120,       1.0 / 720,        1.0 / 5040,       1.0 / 40320,
      1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800, 1.0 / 87178291200};
  constexpr int terms = sizeof(T) == 4 ? 6 : 13;
  auto p = Vec<T>::set1(T(inverse_factorial[terms - 1]));
  for (int i = terms - 2; i >= 0; --i) p = fma(p, r, Vec<T>::set1(T(inverse_factorial[i])));
  return p;
}

template <class T>
inline Vec<T> exp(Vec<T> x) {
  constexpr bool single = sizeof(T) == 4;
  // In this order a NaN stays: min and max give their second argument.
  x = min(Vec<T>::set1(T(single ? 89 : 710)), x);
  x = max(Vec<T>::set1(T(single ? -104 : -746)), x);
  const auto [n, r] = reduce_by_ln2<T>(x);
  const auto p = fma(exp_series<T>(r), r * r, r) + Vec<T>::set1(1);
  // In two factors, since 2^n alone leaves the exponent range at both ends.
  const auto half = round_to_integer<T>(n * Vec<T>::set1(T(0.5)));
  return p * power_of_two<T>(half) * power_of_two<T>(n - half);
}

// e^x − 1 for x ≤ 0, without the cancellation near 0.
template <class T>
inline Vec<T> expm1_negative(Vec<T> x) {
  x = max(Vec<T>::set1(T(-80)), x);
  const auto [n, r] = reduce_by_ln2<T>(x);
  const auto scale = power_of_two<T>(n);
  return fma(fma(exp_series<T>(r), r * r, r), scale, scale - Vec<T>::set1(1));
}

// For normal x > 0; infinity and NaN come back as they are.
template <class T>
inline Vec<T> log(Vec<T> x) {
  using V = Vec<T>;
  using Bits = typename Format<T>::Bits;
  constexpr int mantissa = Format<T>::mantissa_bits;
  const V one = V::set1(1);
  // The exponent's bits, placed under those of 2^mantissa, are that number plus the biased exponent.
  const T offset = T(Bits(1) << mantissa);
  V e = (shift_right<mantissa>(x) | V::set1(offset)) - V::set1(offset + T(Format<T>::bias));
  V m = (x & V::from_bits((Bits(1) << mantissa) - 1)) | one;
  const auto large = V::set1(T(1.41421356237309504880)) < m;
  m = select(large, m * V::set1(T(0.5)), m);
  e = select(large, e + one, e);
  // log m = 2·artanh(s) = 2·(s + s³/3 + s⁵/5 + …), |s| ≤ 0.172
  const V s = (m - one) / (m + one);
  const V z = s * s;
  constexpr int terms = sizeof(T) == 4 ? 4 : 10;
  V p = V::set1(T(1.0 / (2 * terms + 1)));
  for (int i = terms - 1; i >= 1; --i) p = fma(p, z, V::set1(T(1.0 / (2 * i + 1))));
  const V two_s = s + s;
  const V log_m = fma(two_s * z, p, two_s);
  const V result = fma(e, V::set1(T(0.69314718055994530942)), log_m);
  const V infinity = V::from_bits(Bits(2 * Format<T>::bias + 1) << mantissa);
  return select(x < infinity, result, x);
}

// log(1 + u) for 0 ≤ u ≤ 1, without the cancellation near 0: what 1 + u lost to rounding is added by the derivative.
template <class T>
inline Vec<T> log1p(Vec<T> u) {
  const auto one = Vec<T>::set1(1), sum = one + u;
  return log<T>(sum) + (u - (sum - one)) / sum;
}

template <class T>
inline Vec<T> abs(Vec<T> x) {
  using Bits = typename Format<T>::Bits;
  return x & Vec<T>::from_bits((Bits(1) << (8 * sizeof(T) - 1)) - 1);
}

template <class T>
inline Vec<T> tanh(Vec<T> x) {
  using V = Vec<T>;
  using Bits = typename Format<T>::Bits;
  const V sign_bit = V::from_bits(Bits(1) << (8 * sizeof(T) - 1));
  const V em1 = expm1_negative<T>(V::set1(-2) * abs<T>(x));
  const V t = (V::zero() - em1) / (em1 + V::set1(2));
  return t | (x & sign_bit);
}

template <class T>
inline Vec<T> sigmoid(Vec<T> x) {
  const auto one = Vec<T>::set1(1);
  return one / (one + exp<T>(Vec<T>::zero() - x));
}

}  // namespace
}  // namespace gemmnet
