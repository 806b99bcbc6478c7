// How this thread treats denormal numbers, while one of these lives; its own setting comes back at the end. Flushed to
// zero, as a net whose activations die out would otherwise run into numbers that the CPU handles in microcode, more
// than ten times slower; or kept, where data are to come out as they went in.
#pragma once

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <cstdint>
#endif

namespace gemmnet {

class Denormals {
 public:
  Denormals(const Denormals&) = delete;
  Denormals& operator=(const Denormals&) = delete;
#if defined(__x86_64__) || defined(_M_X64)
  explicit Denormals(bool keep) : before_(_mm_getcsr()) { _mm_setcsr(keep ? before_ & ~kFlush : before_ | kFlush); }
  ~Denormals() { _mm_setcsr(before_); }

 private:
  // Flush to zero, and denormals are zero.
  static constexpr unsigned kFlush = 0x8000 | 0x0040;
  unsigned before_;
#elif defined(__aarch64__)
  explicit Denormals(bool keep) {
    constexpr auto flush = std::uint64_t{1} << 24;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before_));
    __asm__ volatile("msr fpcr, %0" : : "r"(keep ? before_ & ~flush : before_ | flush));
  }
  ~Denormals() { __asm__ volatile("msr fpcr, %0" : : "r"(before_)); }

 private:
  std::uint64_t before_;
#else
  explicit Denormals(bool) {}
#endif
};

struct FlushDenormals : Denormals {
  FlushDenormals() : Denormals(false) {}
};

struct KeepDenormals : Denormals {
  KeepDenormals() : Denormals(true) {}
};

}  // namespace gemmnet
