#pragma once

#include <emmintrin.h>

namespace gemmnet {
namespace {

// Unsigned 32-bit numbers, each in the lower half of 64 bits; what lies in the upper halves does not count.
struct Words {
  static constexpr std::size_t width = 2;
  __m128i v;

  static Words load(const std::uint64_t* p) { return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))}; }
  static Words set1(std::uint32_t x) { return {_mm_set1_epi64x(x)}; }
  friend Words operator^(Words a, Words b) { return {_mm_xor_si128(a.v, b.v)}; }
};
// All 64 bits of the products.
inline Words multiply(Words a, Words b) { return {_mm_mul_epu32(a.v, b.v)}; }
inline Words upper_half(Words a) { return {_mm_srli_epi64(a.v, 32)}; }
// even₀ odd₀ even₁ odd₁ …
inline void store_alternating(Words even, Words odd, std::uint32_t* p) {
  const __m128i lower = _mm_and_si128(even.v, _mm_set1_epi64x(0xFFFFFFFF));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm_or_si128(lower, _mm_slli_epi64(odd.v, 32)));
}
// words < limit as unsigned numbers, by a comparison of signed ones.
inline __m128i below_limit(__m128i words, std::uint32_t limit) {
  const __m128i sign = _mm_set1_epi32(static_cast<int>(0x80000000u));
  return _mm_cmpgt_epi32(_mm_set1_epi32(static_cast<int>(limit ^ 0x80000000u)), _mm_xor_si128(words, sign));
}

template <>
struct Vec<float> {
  using Lane = float;
  struct Mask {
    __m128 v;
  };
  static constexpr std::size_t width = 4;
  __m128 v;

  static Vec load(const float* p) { return {_mm_loadu_ps(p)}; }
  static Vec set1(float x) { return {_mm_set1_ps(x)}; }
  static Vec zero() { return {_mm_setzero_ps()}; }
  static Vec from_bits(std::uint32_t b) { return {_mm_castsi128_ps(_mm_set1_epi32(static_cast<int>(b)))}; }
  void store(float* p) const { _mm_storeu_ps(p, v); }
  static Vec load_first(const float* p, std::size_t n) {
    return {_mm_setr_ps(n > 0 ? p[0] : 0, n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, n > 3 ? p[3] : 0)};
  }
  void store_first(float* p, std::size_t n) const {
    float all[width];
    store(all);
    for (std::size_t i = 0; i < n; ++i) p[i] = all[i];
  }

  // words[i] < limit, for the unsigned words under a register.
  static Mask below(const std::uint32_t* words, std::uint32_t limit) {
    return {_mm_castsi128_ps(below_limit(_mm_loadu_si128(reinterpret_cast<const __m128i*>(words)), limit))};
  }

  friend Vec operator+(Vec a, Vec b) { return {_mm_add_ps(a.v, b.v)}; }
  friend Vec operator-(Vec a, Vec b) { return {_mm_sub_ps(a.v, b.v)}; }
  friend Vec operator*(Vec a, Vec b) { return {_mm_mul_ps(a.v, b.v)}; }
  friend Vec operator/(Vec a, Vec b) { return {_mm_div_ps(a.v, b.v)}; }
  friend Vec operator&(Vec a, Vec b) { return {_mm_and_ps(a.v, b.v)}; }
  friend Vec operator|(Vec a, Vec b) { return {_mm_or_ps(a.v, b.v)}; }
  friend Mask operator<=(Vec a, Vec b) { return {_mm_cmple_ps(a.v, b.v)}; }
  friend Mask operator<(Vec a, Vec b) { return {_mm_cmplt_ps(a.v, b.v)}; }
  __m128i bits() const { return _mm_castps_si128(v); }
};

// SSE2 has no fused multiply-add: two roundings.
inline Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) { return a * b + c; }
inline Vec<float> sqrt(Vec<float> a) { return {_mm_sqrt_ps(a.v)}; }
// Where one is NaN, min and max give b.
inline Vec<float> min(Vec<float> a, Vec<float> b) { return {_mm_min_ps(a.v, b.v)}; }
inline Vec<float> max(Vec<float> a, Vec<float> b) { return {_mm_max_ps(a.v, b.v)}; }
inline Vec<float> select(Vec<float>::Mask m, Vec<float> yes, Vec<float> no) {
  return {_mm_or_ps(_mm_and_ps(m.v, yes.v), _mm_andnot_ps(m.v, no.v))};
}
template <int N>
inline Vec<float> shift_left(Vec<float> a) {
  return {_mm_castsi128_ps(_mm_slli_epi32(a.bits(), N))};
}
template <int N>
inline Vec<float> shift_right(Vec<float> a) {
  return {_mm_castsi128_ps(_mm_srli_epi32(a.bits(), N))};
}
inline float reduce_add(Vec<float> a) {
  const __m128 two = _mm_add_ps(a.v, _mm_movehl_ps(a.v, a.v));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

template <>
struct Vec<double> {
  using Lane = double;
  struct Mask {
    __m128d v;
  };
  static constexpr std::size_t width = 2;
  __m128d v;

  static Vec load(const double* p) { return {_mm_loadu_pd(p)}; }
  static Vec set1(double x) { return {_mm_set1_pd(x)}; }
  static Vec zero() { return {_mm_setzero_pd()}; }
  static Vec from_bits(std::uint64_t b) { return {_mm_castsi128_pd(_mm_set1_epi64x(static_cast<long long>(b)))}; }
  void store(double* p) const { _mm_storeu_pd(p, v); }
  static Vec load_first(const double* p, std::size_t n) { return {_mm_setr_pd(n > 0 ? p[0] : 0, n > 1 ? p[1] : 0)}; }
  void store_first(double* p, std::size_t n) const {
    double all[width];
    store(all);
    for (std::size_t i = 0; i < n; ++i) p[i] = all[i];
  }

  static Mask below(const std::uint32_t* words, std::uint32_t limit) {
    const __m128i two = below_limit(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(words)), limit);
    return {_mm_castsi128_pd(_mm_unpacklo_epi32(two, two))};
  }

  friend Vec operator+(Vec a, Vec b) { return {_mm_add_pd(a.v, b.v)}; }
  friend Vec operator-(Vec a, Vec b) { return {_mm_sub_pd(a.v, b.v)}; }
  friend Vec operator*(Vec a, Vec b) { return {_mm_mul_pd(a.v, b.v)}; }
  friend Vec operator/(Vec a, Vec b) { return {_mm_div_pd(a.v, b.v)}; }
  friend Vec operator&(Vec a, Vec b) { return {_mm_and_pd(a.v, b.v)}; }
  friend Vec operator|(Vec a, Vec b) { return {_mm_or_pd(a.v, b.v)}; }
  friend Mask operator<=(Vec a, Vec b) { return {_mm_cmple_pd(a.v, b.v)}; }
  friend Mask operator<(Vec a, Vec b) { return {_mm_cmplt_pd(a.v, b.v)}; }
  __m128i bits() const { return _mm_castpd_si128(v); }
};

inline Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) { return a * b + c; }
inline Vec<double> sqrt(Vec<double> a) { return {_mm_sqrt_pd(a.v)}; }
inline Vec<double> min(Vec<double> a, Vec<double> b) { return {_mm_min_pd(a.v, b.v)}; }
inline Vec<double> max(Vec<double> a, Vec<double> b) { return {_mm_max_pd(a.v, b.v)}; }
inline Vec<double> select(Vec<double>::Mask m, Vec<double> yes, Vec<double> no) {
  return {_mm_or_pd(_mm_and_pd(m.v, yes.v), _mm_andnot_pd(m.v, no.v))};
}
template <int N>
inline Vec<double> shift_left(Vec<double> a) {
  return {_mm_castsi128_pd(_mm_slli_epi64(a.bits(), N))};
}
template <int N>
inline Vec<double> shift_right(Vec<double> a) {
  return {_mm_castsi128_pd(_mm_srli_epi64(a.bits(), N))};
}
inline double reduce_add(Vec<double> a) { return _mm_cvtsd_f64(_mm_add_sd(a.v, _mm_unpackhi_pd(a.v, a.v))); }

}  // namespace
}  // namespace gemmnet
