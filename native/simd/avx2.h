#pragma once

#include <immintrin.h>

namespace gemmnet {
namespace {

// Unsigned 32-bit numbers, each in the lower half of 64 bits; what lies in the upper halves does not count.
struct Words {
  static constexpr std::size_t width = 4;
  __m256i v;

  static Words load(const std::uint64_t* p) { return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))}; }
  static Words set1(std::uint32_t x) { return {_mm256_set1_epi64x(x)}; }
  friend Words operator^(Words a, Words b) { return {_mm256_xor_si256(a.v, b.v)}; }
};
// All 64 bits of the products.
inline Words multiply(Words a, Words b) { return {_mm256_mul_epu32(a.v, b.v)}; }
inline Words upper_half(Words a) { return {_mm256_srli_epi64(a.v, 32)}; }
// even₀ odd₀ even₁ odd₁ …
inline void store_alternating(Words even, Words odd, std::uint32_t* p) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm256_blend_epi32(even.v, _mm256_slli_epi64(odd.v, 32), 0xAA));
}

template <>
struct Vec<float> {
  using Lane = float;
  struct Mask {
    __m256 v;
  };
  static constexpr std::size_t width = 8;
  __m256 v;

  static Vec load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static Vec set1(float x) { return {_mm256_set1_ps(x)}; }
  static Vec zero() { return {_mm256_setzero_ps()}; }
  static Vec from_bits(std::uint32_t b) { return {_mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int>(b)))}; }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  static Vec load_first(const float* p, std::size_t n) { return {_mm256_maskload_ps(p, first(n))}; }
  // In halves: a masked store takes six times as long on AMD's cores.
  void store_first(float* p, std::size_t n) const {
    if (n >= width) return store(p);
    __m128 rest = _mm256_castps256_ps128(v);
    if (n & 4) {
      _mm_storeu_ps(p, rest);
      rest = _mm256_extractf128_ps(v, 1);
      p += 4;
    }
    if (n & 2) {
      _mm_storel_pi(reinterpret_cast<__m64*>(p), rest);
      rest = _mm_movehl_ps(rest, rest);
      p += 2;
    }
    if (n & 1) _mm_store_ss(p, rest);
  }
  static __m256i first(std::size_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }

  // words[i] < limit, for the unsigned words under a register.
  static Mask below(const std::uint32_t* words, std::uint32_t limit) {
    // Compared as signed numbers.
    const __m256i sign = _mm256_set1_epi32(static_cast<int>(0x80000000u));
    const __m256i w = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words));
    const __m256i l = _mm256_set1_epi32(static_cast<int>(limit ^ 0x80000000u));
    return {_mm256_castsi256_ps(_mm256_cmpgt_epi32(l, _mm256_xor_si256(w, sign)))};
  }

  friend Vec operator+(Vec a, Vec b) { return {_mm256_add_ps(a.v, b.v)}; }
  friend Vec operator-(Vec a, Vec b) { return {_mm256_sub_ps(a.v, b.v)}; }
  friend Vec operator*(Vec a, Vec b) { return {_mm256_mul_ps(a.v, b.v)}; }
  friend Vec operator/(Vec a, Vec b) { return {_mm256_div_ps(a.v, b.v)}; }
  friend Vec operator&(Vec a, Vec b) { return {_mm256_and_ps(a.v, b.v)}; }
  friend Vec operator|(Vec a, Vec b) { return {_mm256_or_ps(a.v, b.v)}; }
  friend Mask operator<=(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ)}; }
  friend Mask operator<(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
  __m256i bits() const { return _mm256_castps_si256(v); }
};

inline Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
inline Vec<float> sqrt(Vec<float> a) { return {_mm256_sqrt_ps(a.v)}; }
// Where one is NaN, min and max give b.
inline Vec<float> min(Vec<float> a, Vec<float> b) { return {_mm256_min_ps(a.v, b.v)}; }
inline Vec<float> max(Vec<float> a, Vec<float> b) { return {_mm256_max_ps(a.v, b.v)}; }
inline Vec<float> select(Vec<float>::Mask m, Vec<float> yes, Vec<float> no) {
  return {_mm256_blendv_ps(no.v, yes.v, m.v)};
}
template <int N>
inline Vec<float> shift_left(Vec<float> a) {
  return {_mm256_castsi256_ps(_mm256_slli_epi32(a.bits(), N))};
}
template <int N>
inline Vec<float> shift_right(Vec<float> a) {
  return {_mm256_castsi256_ps(_mm256_srli_epi32(a.bits(), N))};
}
inline float reduce_add(Vec<float> a) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

template <>
struct Vec<double> {
  using Lane = double;
  struct Mask {
    __m256d v;
  };
  static constexpr std::size_t width = 4;
  __m256d v;

  static Vec load(const double* p) { return {_mm256_loadu_pd(p)}; }
  static Vec set1(double x) { return {_mm256_set1_pd(x)}; }
  static Vec zero() { return {_mm256_setzero_pd()}; }
  static Vec from_bits(std::uint64_t b) { return {_mm256_castsi256_pd(_mm256_set1_epi64x(static_cast<long long>(b)))}; }
  void store(double* p) const { _mm256_storeu_pd(p, v); }
  static Vec load_first(const double* p, std::size_t n) { return {_mm256_maskload_pd(p, first(n))}; }
  void store_first(double* p, std::size_t n) const {
    if (n >= width) return store(p);
    __m128d rest = _mm256_castpd256_pd128(v);
    if (n & 2) {
      _mm_storeu_pd(p, rest);
      rest = _mm256_extractf128_pd(v, 1);
      p += 2;
    }
    if (n & 1) _mm_store_sd(p, rest);
  }
  static __m256i first(std::size_t n) {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(static_cast<long long>(n)), _mm256_setr_epi64x(0, 1, 2, 3));
  }

  static Mask below(const std::uint32_t* words, std::uint32_t limit) {
    const __m256i w = _mm256_cvtepu32_epi64(_mm_loadu_si128(reinterpret_cast<const __m128i*>(words)));
    return {_mm256_castsi256_pd(_mm256_cmpgt_epi64(_mm256_set1_epi64x(limit), w))};
  }

  friend Vec operator+(Vec a, Vec b) { return {_mm256_add_pd(a.v, b.v)}; }
  friend Vec operator-(Vec a, Vec b) { return {_mm256_sub_pd(a.v, b.v)}; }
  friend Vec operator*(Vec a, Vec b) { return {_mm256_mul_pd(a.v, b.v)}; }
  friend Vec operator/(Vec a, Vec b) { return {_mm256_div_pd(a.v, b.v)}; }
  friend Vec operator&(Vec a, Vec b) { return {_mm256_and_pd(a.v, b.v)}; }
  friend Vec operator|(Vec a, Vec b) { return {_mm256_or_pd(a.v, b.v)}; }
  friend Mask operator<=(Vec a, Vec b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_LE_OQ)}; }
  friend Mask operator<(Vec a, Vec b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_LT_OQ)}; }
  __m256i bits() const { return _mm256_castpd_si256(v); }
};

inline Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) { return {_mm256_fmadd_pd(a.v, b.v, c.v)}; }
inline Vec<double> sqrt(Vec<double> a) { return {_mm256_sqrt_pd(a.v)}; }
inline Vec<double> min(Vec<double> a, Vec<double> b) { return {_mm256_min_pd(a.v, b.v)}; }
inline Vec<double> max(Vec<double> a, Vec<double> b) { return {_mm256_max_pd(a.v, b.v)}; }
inline Vec<double> select(Vec<double>::Mask m, Vec<double> yes, Vec<double> no) {
  return {_mm256_blendv_pd(no.v, yes.v, m.v)};
}
template <int N>
inline Vec<double> shift_left(Vec<double> a) {
  return {_mm256_castsi256_pd(_mm256_slli_epi64(a.bits(), N))};
}
template <int N>
inline Vec<double> shift_right(Vec<double> a) {
  return {_mm256_castsi256_pd(_mm256_srli_epi64(a.bits(), N))};
}
inline double reduce_add(Vec<double> a) {
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(a.v), _mm256_extractf128_pd(a.v, 1));
  return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

}  // namespace
}  // namespace gemmnet
