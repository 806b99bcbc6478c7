#pragma once

#include <immintrin.h>

namespace gemmnet {
namespace {

// Unsigned 32-bit numbers, each in the lower half of 64 bits; what lies in the upper halves does not count.
struct Words {
  static constexpr std::size_t width = 8;
  __m512i v;

  static Words load(const std::uint64_t* p) { return {_mm512_loadu_si512(p)}; }
  static Words set1(std::uint32_t x) { return {_mm512_set1_epi64(x)}; }
  friend Words operator^(Words a, Words b) { return {_mm512_xor_si512(a.v, b.v)}; }
};
// All 64 bits of the products.
inline Words multiply(Words a, Words b) { return {_mm512_mul_epu32(a.v, b.v)}; }
inline Words upper_half(Words a) { return {_mm512_srli_epi64(a.v, 32)}; }
// even₀ odd₀ even₁ odd₁ …
inline void store_alternating(Words even, Words odd, std::uint32_t* p) {
  _mm512_storeu_si512(p, _mm512_mask_blend_epi32(0xAAAA, even.v, _mm512_slli_epi64(odd.v, 32)));
}

template <>
struct Vec<float> {
  using Lane = float;
  using Mask = __mmask16;
  static constexpr std::size_t width = 16;
  __m512 v;

  static Vec load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static Vec set1(float x) { return {_mm512_set1_ps(x)}; }
  static Vec zero() { return {_mm512_setzero_ps()}; }
  static Vec from_bits(std::uint32_t b) { return {_mm512_castsi512_ps(_mm512_set1_epi32(static_cast<int>(b)))}; }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  static Vec load_first(const float* p, std::size_t n) { return {_mm512_maskz_loadu_ps(first(n), p)}; }
  void store_first(float* p, std::size_t n) const { _mm512_mask_storeu_ps(p, first(n), v); }
  static Mask first(std::size_t n) { return static_cast<Mask>((1u << n) - 1); }

  // words[i] < limit, for the unsigned words under a register.
  static Mask below(const std::uint32_t* words, std::uint32_t limit) {
    return _mm512_cmplt_epu32_mask(_mm512_loadu_si512(words), _mm512_set1_epi32(static_cast<int>(limit)));
  }

  friend Vec operator+(Vec a, Vec b) { return {_mm512_add_ps(a.v, b.v)}; }
  friend Vec operator-(Vec a, Vec b) { return {_mm512_sub_ps(a.v, b.v)}; }
  friend Vec operator*(Vec a, Vec b) { return {_mm512_mul_ps(a.v, b.v)}; }
  friend Vec operator/(Vec a, Vec b) { return {_mm512_div_ps(a.v, b.v)}; }
  friend Vec operator&(Vec a, Vec b) { return {_mm512_castsi512_ps(_mm512_and_si512(a.bits(), b.bits()))}; }
  friend Vec operator|(Vec a, Vec b) { return {_mm512_castsi512_ps(_mm512_or_si512(a.bits(), b.bits()))}; }
  friend Mask operator<=(Vec a, Vec b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ); }
  friend Mask operator<(Vec a, Vec b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ); }
  __m512i bits() const { return _mm512_castps_si512(v); }
};

inline Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
inline Vec<float> sqrt(Vec<float> a) { return {_mm512_sqrt_ps(a.v)}; }
// Where one is NaN, min and max give b.
inline Vec<float> min(Vec<float> a, Vec<float> b) { return {_mm512_min_ps(a.v, b.v)}; }
inline Vec<float> max(Vec<float> a, Vec<float> b) { return {_mm512_max_ps(a.v, b.v)}; }
inline Vec<float> select(__mmask16 m, Vec<float> yes, Vec<float> no) { return {_mm512_mask_blend_ps(m, no.v, yes.v)}; }
template <int N>
inline Vec<float> shift_left(Vec<float> a) {
  return {_mm512_castsi512_ps(_mm512_slli_epi32(a.bits(), N))};
}
template <int N>
inline Vec<float> shift_right(Vec<float> a) {
  return {_mm512_castsi512_ps(_mm512_srli_epi32(a.bits(), N))};
}
inline float reduce_add(Vec<float> a) {
  const __m256 upper = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(a.v), 1));
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(a.v), upper);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

template <>
struct Vec<double> {
  using Lane = double;
  using Mask = __mmask8;
  static constexpr std::size_t width = 8;
  __m512d v;

  static Vec load(const double* p) { return {_mm512_loadu_pd(p)}; }
  static Vec set1(double x) { return {_mm512_set1_pd(x)}; }
  static Vec zero() { return {_mm512_setzero_pd()}; }
  static Vec from_bits(std::uint64_t b) { return {_mm512_castsi512_pd(_mm512_set1_epi64(static_cast<long long>(b)))}; }
  void store(double* p) const { _mm512_storeu_pd(p, v); }
  static Vec load_first(const double* p, std::size_t n) { return {_mm512_maskz_loadu_pd(first(n), p)}; }
  void store_first(double* p, std::size_t n) const { _mm512_mask_storeu_pd(p, first(n), v); }
  static Mask first(std::size_t n) { return static_cast<Mask>((1u << n) - 1); }

  static Mask below(const std::uint32_t* words, std::uint32_t limit) {
    const __m256i w = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words));
    return _mm256_cmplt_epu32_mask(w, _mm256_set1_epi32(static_cast<int>(limit)));
  }

  friend Vec operator+(Vec a, Vec b) { return {_mm512_add_pd(a.v, b.v)}; }
  friend Vec operator-(Vec a, Vec b) { return {_mm512_sub_pd(a.v, b.v)}; }
  friend Vec operator*(Vec a, Vec b) { return {_mm512_mul_pd(a.v, b.v)}; }
  friend Vec operator/(Vec a, Vec b) { return {_mm512_div_pd(a.v, b.v)}; }
  friend Vec operator&(Vec a, Vec b) { return {_mm512_castsi512_pd(_mm512_and_si512(a.bits(), b.bits()))}; }
  friend Vec operator|(Vec a, Vec b) { return {_mm512_castsi512_pd(_mm512_or_si512(a.bits(), b.bits()))}; }
  friend Mask operator<=(Vec a, Vec b) { return _mm512_cmp_pd_mask(a.v, b.v, _CMP_LE_OQ); }
  friend Mask operator<(Vec a, Vec b) { return _mm512_cmp_pd_mask(a.v, b.v, _CMP_LT_OQ); }
  __m512i bits() const { return _mm512_castpd_si512(v); }
};

inline Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) { return {_mm512_fmadd_pd(a.v, b.v, c.v)}; }
inline Vec<double> sqrt(Vec<double> a) { return {_mm512_sqrt_pd(a.v)}; }
inline Vec<double> min(Vec<double> a, Vec<double> b) { return {_mm512_min_pd(a.v, b.v)}; }
inline Vec<double> max(Vec<double> a, Vec<double> b) { return {_mm512_max_pd(a.v, b.v)}; }
inline Vec<double> select(__mmask8 m, Vec<double> yes, Vec<double> no) {
  return {_mm512_mask_blend_pd(m, no.v, yes.v)};
}
template <int N>
inline Vec<double> shift_left(Vec<double> a) {
  return {_mm512_castsi512_pd(_mm512_slli_epi64(a.bits(), N))};
}
template <int N>
inline Vec<double> shift_right(Vec<double> a) {
  return {_mm512_castsi512_pd(_mm512_srli_epi64(a.bits(), N))};
}
inline double reduce_add(Vec<double> a) {
  const __m256d four = _mm256_add_pd(_mm512_castpd512_pd256(a.v), _mm512_extractf64x4_pd(a.v, 1));
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

}  // namespace
}  // namespace gemmnet
