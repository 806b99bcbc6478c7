// The stripe micro-kernel, for an inner dimension of a few steps: R whole rows of C, or long parts of them. The R·K
// elements of A stay in registers while B and C stream by.
//
// A tile of the outer kernel would be through before it has paid for its beginning and its end. Each element of C is
// the same chain of fma in the order of k.
#pragma once

#include "tile_end.h"

namespace gemmnet {
namespace {

template <class T, std::size_t R, std::size_t K>
void stripe(const Tile<T>& t) {
  using V = Vec<T>;
  V a[R][K];
#pragma GCC unroll 4
  for (std::size_t i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (std::size_t p = 0; p < K; ++p)
      a[i][p] = V::set1(t.a[static_cast<std::ptrdiff_t>(i) * t.a_row + static_cast<std::ptrdiff_t>(p) * t.a_col]);
  const std::size_t whole = t.cols / V::width * V::width;
  end_tile(t, [&](auto result) {
    const auto register_of_each_row = [&](std::size_t j, auto load, auto store) {
      V sums[R];
#pragma GCC unroll 4
      for (std::size_t p = 0; p < K; ++p) {
        const V b = load(t.b + static_cast<std::ptrdiff_t>(p) * t.b_row + j);
#pragma GCC unroll 4
        for (std::size_t i = 0; i < R; ++i) sums[i] = p == 0 ? a[i][p] * b : fma(a[i][p], b, sums[i]);
      }
#pragma GCC unroll 4
      for (std::size_t i = 0; i < R; ++i)
        store(result(sums[i], i, j, load), t.c + static_cast<std::ptrdiff_t>(i) * t.c_row + j);
    };
    for (std::size_t j = 0; j < whole; j += V::width)
      register_of_each_row(
          j, [](const T* p) { return V::load(p); }, [](V x, T* p) { x.store(p); });
    if (const std::size_t left = t.cols - whole; left > 0)
      register_of_each_row(
          whole, [left](const T* p) { return V::load_first(p, left); }, [left](V x, T* p) { x.store_first(p, left); });
  });
}

}  // namespace
}  // namespace gemmnet
