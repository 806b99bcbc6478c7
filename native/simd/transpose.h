// A square of registers, transposed: lane j of register i becomes lane i of register j.
#pragma once

#include <utility>

#include "vec.h"

namespace gemmnet {
namespace {

template <class T>
class Transposition {
 public:
  static void run(Vec<T> (&rows)[Vec<T>::width]) {
    // Within parts of 128 bits first, by units of one element and then of two; after that whole parts.
    interleave<1>(rows);
    if constexpr (part == 4) interleave<2>(rows);
    if constexpr (width > part) deal<part>(rows);
    if constexpr (width > 2 * part) deal<2 * part>(rows);
  }

 private:
  static constexpr std::size_t width = Vec<T>::width;
  static constexpr std::size_t part = 16 / sizeof(T);
  using All = std::make_index_sequence<width>;

  // x0 y0 x1 y1 … of the lower or the upper half of each part, by units of Unit elements.
  template <std::size_t Unit, bool Upper, std::size_t... L>
  static Vec<T> interleaved(Vec<T> x, Vec<T> y, std::index_sequence<L...>) {
    constexpr auto source = [](std::size_t l) {
      const std::size_t at = l % part, unit = at / Unit;
      return unit % 2 * width + l / part * part + unit / 2 * Unit + at % Unit + (Upper ? part / 2 : 0);
    };
    return {__builtin_shufflevector(x.v, y.v, source(L)...)};
  }

  // The even or the odd parts of x, then those of y.
  template <bool Odd, std::size_t... L>
  static Vec<T> dealt(Vec<T> x, Vec<T> y, std::index_sequence<L...>) {
    constexpr auto source = [](std::size_t l) {
      const std::size_t half = width / 2, at = l % half;
      return l / half * width + (at / part * 2 + (Odd ? 1 : 0)) * part + at % part;
    };
    return {__builtin_shufflevector(x.v, y.v, source(L)...)};
  }

  template <std::size_t Unit>
  static void interleave(Vec<T> (&rows)[width]) {
    Vec<T> to[width];
#pragma GCC unroll 16
    for (std::size_t base = 0; base < width; base += 2 * Unit) {
#pragma GCC unroll 2
      for (std::size_t i = base; i < base + Unit; ++i) {
        to[2 * i - base] = interleaved<Unit, false>(rows[i], rows[i + Unit], All());
        to[2 * i - base + 1] = interleaved<Unit, true>(rows[i], rows[i + Unit], All());
      }
    }
#pragma GCC unroll 16
    for (std::size_t i = 0; i < width; ++i) rows[i] = to[i];
  }

  template <std::size_t Distance>
  static void deal(Vec<T> (&rows)[width]) {
#pragma GCC unroll 16
    for (std::size_t i = 0; i < width; ++i) {
      if (i / Distance % 2 != 0) continue;
      const Vec<T> x = rows[i], y = rows[i + Distance];
      rows[i] = dealt<false>(x, y, All());
      rows[i + Distance] = dealt<true>(x, y, All());
    }
  }
};

template <class T>
inline void transpose(Vec<T> (&rows)[Vec<T>::width]) {
  Transposition<T>::run(rows);
}

}  // namespace
}  // namespace gemmnet
