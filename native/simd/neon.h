#pragma once

#include <arm_neon.h>

namespace gemmnet {
namespace {

// Unsigned 32-bit numbers, each in the lower half of 64 bits; what lies in the upper halves does not count.
struct Words {
  static constexpr std::size_t width = 2;
  uint64x2_t v;

  static Words load(const std::uint64_t* p) { return {vld1q_u64(p)}; }
  static Words set1(std::uint32_t x) { return {vdupq_n_u64(x)}; }
  friend Words operator^(Words a, Words b) { return {veorq_u64(a.v, b.v)}; }
};
// All 64 bits of the products.
inline Words multiply(Words a, Words b) { return {vmull_u32(vmovn_u64(a.v), vmovn_u64(b.v))}; }
inline Words upper_half(Words a) { return {vshrq_n_u64(a.v, 32)}; }
// even₀ odd₀ even₁ odd₁ …
inline void store_alternating(Words even, Words odd, std::uint32_t* p) {
  vst1q_u32(p, vreinterpretq_u32_u64(vsliq_n_u64(even.v, odd.v, 32)));
}

template <>
struct Vec<float> {
  using Lane = float;
  using Mask = uint32x4_t;
  static constexpr std::size_t width = 4;
  float32x4_t v;

  static Vec load(const float* p) { return {vld1q_f32(p)}; }
  static Vec set1(float x) { return {vdupq_n_f32(x)}; }
  static Vec zero() { return {vdupq_n_f32(0)}; }
  static Vec from_bits(std::uint32_t b) { return {vreinterpretq_f32_u32(vdupq_n_u32(b))}; }
  void store(float* p) const { vst1q_f32(p, v); }
  static Vec load_first(const float* p, std::size_t n) {
    return {float32x4_t{n > 0 ? p[0] : 0, n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, n > 3 ? p[3] : 0}};
  }
  void store_first(float* p, std::size_t n) const {
    float all[width];
    store(all);
    for (std::size_t i = 0; i < n; ++i) p[i] = all[i];
  }

  // words[i] < limit, for the unsigned words under a register.
  static Mask below(const std::uint32_t* words, std::uint32_t limit) {
    return vcltq_u32(vld1q_u32(words), vdupq_n_u32(limit));
  }

  friend Vec operator+(Vec a, Vec b) { return {vaddq_f32(a.v, b.v)}; }
  friend Vec operator-(Vec a, Vec b) { return {vsubq_f32(a.v, b.v)}; }
  friend Vec operator*(Vec a, Vec b) { return {vmulq_f32(a.v, b.v)}; }
  friend Vec operator/(Vec a, Vec b) { return {vdivq_f32(a.v, b.v)}; }
  friend Vec operator&(Vec a, Vec b) { return {vreinterpretq_f32_u32(vandq_u32(a.bits(), b.bits()))}; }
  friend Vec operator|(Vec a, Vec b) { return {vreinterpretq_f32_u32(vorrq_u32(a.bits(), b.bits()))}; }
  friend Mask operator<=(Vec a, Vec b) { return vcleq_f32(a.v, b.v); }
  friend Mask operator<(Vec a, Vec b) { return vcltq_f32(a.v, b.v); }
  uint32x4_t bits() const { return vreinterpretq_u32_f32(v); }
};

inline Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) { return {vfmaq_f32(c.v, a.v, b.v)}; }
inline Vec<float> sqrt(Vec<float> a) { return {vsqrtq_f32(a.v)}; }
// Where one is NaN, min and max give NaN.
inline Vec<float> min(Vec<float> a, Vec<float> b) { return {vminq_f32(a.v, b.v)}; }
inline Vec<float> max(Vec<float> a, Vec<float> b) { return {vmaxq_f32(a.v, b.v)}; }
inline Vec<float> select(uint32x4_t m, Vec<float> yes, Vec<float> no) { return {vbslq_f32(m, yes.v, no.v)}; }
template <int N>
inline Vec<float> shift_left(Vec<float> a) {
  return {vreinterpretq_f32_u32(vshlq_n_u32(a.bits(), N))};
}
template <int N>
inline Vec<float> shift_right(Vec<float> a) {
  return {vreinterpretq_f32_u32(vshrq_n_u32(a.bits(), N))};
}
inline float reduce_add(Vec<float> a) {
  const float32x2_t two = vadd_f32(vget_low_f32(a.v), vget_high_f32(a.v));
  return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}

template <>
struct Vec<double> {
  using Lane = double;
  using Mask = uint64x2_t;
  static constexpr std::size_t width = 2;
  float64x2_t v;

  static Vec load(const double* p) { return {vld1q_f64(p)}; }
  static Vec set1(double x) { return {vdupq_n_f64(x)}; }
  static Vec zero() { return {vdupq_n_f64(0)}; }
  static Vec from_bits(std::uint64_t b) { return {vreinterpretq_f64_u64(vdupq_n_u64(b))}; }
  void store(double* p) const { vst1q_f64(p, v); }
  static Vec load_first(const double* p, std::size_t n) { return {float64x2_t{n > 0 ? p[0] : 0, n > 1 ? p[1] : 0}}; }
  void store_first(double* p, std::size_t n) const {
    double all[width];
    store(all);
    for (std::size_t i = 0; i < n; ++i) p[i] = all[i];
  }

  static Mask below(const std::uint32_t* words, std::uint32_t limit) {
    return vcltq_u64(vmovl_u32(vld1_u32(words)), vdupq_n_u64(limit));
  }

  friend Vec operator+(Vec a, Vec b) { return {vaddq_f64(a.v, b.v)}; }
  friend Vec operator-(Vec a, Vec b) { return {vsubq_f64(a.v, b.v)}; }
  friend Vec operator*(Vec a, Vec b) { return {vmulq_f64(a.v, b.v)}; }
  friend Vec operator/(Vec a, Vec b) { return {vdivq_f64(a.v, b.v)}; }
  friend Vec operator&(Vec a, Vec b) { return {vreinterpretq_f64_u64(vandq_u64(a.bits(), b.bits()))}; }
  friend Vec operator|(Vec a, Vec b) { return {vreinterpretq_f64_u64(vorrq_u64(a.bits(), b.bits()))}; }
  friend Mask operator<=(Vec a, Vec b) { return vcleq_f64(a.v, b.v); }
  friend Mask operator<(Vec a, Vec b) { return vcltq_f64(a.v, b.v); }
  uint64x2_t bits() const { return vreinterpretq_u64_f64(v); }
};

inline Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) { return {vfmaq_f64(c.v, a.v, b.v)}; }
inline Vec<double> sqrt(Vec<double> a) { return {vsqrtq_f64(a.v)}; }
inline Vec<double> min(Vec<double> a, Vec<double> b) { return {vminq_f64(a.v, b.v)}; }
inline Vec<double> max(Vec<double> a, Vec<double> b) { return {vmaxq_f64(a.v, b.v)}; }
inline Vec<double> select(uint64x2_t m, Vec<double> yes, Vec<double> no) { return {vbslq_f64(m, yes.v, no.v)}; }
template <int N>
inline Vec<double> shift_left(Vec<double> a) {
  return {vreinterpretq_f64_u64(vshlq_n_u64(a.bits(), N))};
}
template <int N>
inline Vec<double> shift_right(Vec<double> a) {
  return {vreinterpretq_f64_u64(vshrq_n_u64(a.bits(), N))};
}
inline double reduce_add(Vec<double> a) { return vgetq_lane_f64(a.v, 0) + vgetq_lane_f64(a.v, 1); }

}  // namespace
}  // namespace gemmnet
