// Vec<T>: one SIMD register of T, for the instruction set that the including file is compiled for.
//
// Each header below defines Vec<float> and Vec<double> with the same few operations. Everything lies in an unnamed
// namespace: an ISA object must not export an inline function, because the linker could pick the AVX-512 copy for
// everybody.
//
// load_first and store_first touch the first n ≤ width elements only; what is not loaded is zero.
//
// Words are integers for random bits (philox.h); Vec::below compares such with a limit, for as many elements as a
// register has.
//
// fma() is one rounding wherever the hardware has it. SSE2 has not, so baseline x86 results may differ in the last bit
// from those of AVX2, AVX-512 and NEON, which agree.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gemmnet {
namespace {

template <class T>
struct Vec;

// Layout of IEEE 754 numbers, for the bit work in math.h.
template <class T>
struct Format;

template <>
struct Format<float> {
  static constexpr int mantissa_bits = 23;
  static constexpr int bias = 127;
  using Bits = std::uint32_t;
};

template <>
struct Format<double> {
  static constexpr int mantissa_bits = 52;
  static constexpr int bias = 1023;
  using Bits = std::uint64_t;
};

}  // namespace
}  // namespace gemmnet

#if defined(GEMMNET_AVX512)
#include "avx512.h"
#elif defined(GEMMNET_AVX2)
#include "avx2.h"
#elif defined(__aarch64__) || defined(_M_ARM64)
#include "neon.h"
#elif defined(__SSE2__) || defined(_M_X64)
#include "sse2.h"
#else
#error "no SIMD header for this architecture: the JavaScript backend runs there"
#endif

namespace gemmnet {
namespace {

// Sums over many elements run in as many interleaved chains as fit in 64 bytes, on every instruction set, and are
// folded by halves (reduce below, then reduce_add of each header). So the result does not depend on the register width.
template <class T>
inline constexpr std::size_t kLanes = 64 / sizeof(T);

template <class T>
inline constexpr std::size_t kRegisters = kLanes<T> / Vec<T>::width;

// A whole register, or of its elements the n that exist and zeros.
template <class T>
inline Vec<T> load_up_to(const T* p, std::size_t n) {
  return n >= Vec<T>::width ? Vec<T>::load(p) : Vec<T>::load_first(p, n);
}

// Of a register, the n elements that there is room for, or all.
template <class T>
inline void store_up_to(Vec<T> v, T* p, std::size_t n) {
  if (n >= Vec<T>::width)
    v.store(p);
  else
    v.store_first(p, n);
}

// Folds the 64 bytes of chains to one register, and to their sum.
template <class T>
inline Vec<T> fold_registers(const Vec<T>* registers) {
  Vec<T> folded[kRegisters<T>];
  for (std::size_t r = 0; r < kRegisters<T>; ++r) folded[r] = registers[r];
  for (std::size_t half = kRegisters<T> / 2; half > 0; half /= 2) {
    for (std::size_t r = 0; r < half; ++r) folded[r] = folded[r] + folded[r + half];
  }
  return folded[0];
}

template <class T>
inline T fold_lanes(const Vec<T>* registers) {
  return reduce_add(fold_registers<T>(registers));
}

}  // namespace
}  // namespace gemmnet
