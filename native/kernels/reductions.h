// Sums of blocks, the rows of what a kernel gets; the engine adds the blocks' sums in order, in double.
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

#include "rows.h"

namespace gemmnet {
namespace {

// Σ value over each row of the block. Some rows at a time, so that the additions of one do not wait for each other. A
// sum that leaves the range of float32, or is less than `least`, is made again in double, which the result is in.
template <class T, class F>
inline void sum_of_each_row(const Block& b, F value, double least = -std::numeric_limits<double>::infinity()) {
  using V = Vec<T>;
  constexpr std::size_t together = 4, registers = kRegisters<T>;
  const T* x = static_cast<const T*>(b.operands[0]);
  std::size_t r = 0;
  for (; b.cols % kLanes<T> == 0 && r + together <= b.rows; r += together, x += together * b.cols) {
    V sums[together][registers];
    for (auto& row : sums)
      for (auto& sum : row) sum = V::zero();
    for (std::size_t i = 0; i < b.cols; i += kLanes<T>)
#pragma GCC unroll 4
      for (std::size_t t = 0; t < together; ++t)
#pragma GCC unroll 8
        for (std::size_t g = 0; g < registers; ++g)
          sums[t][g] = sums[t][g] + value(V::load(x + t * b.cols + i + g * V::width));
    for (std::size_t t = 0; t < together; ++t) b.partial[r + t] = static_cast<double>(fold_lanes<T>(sums[t]));
  }
  for (; r < b.rows; ++r, x += b.cols)
    b.partial[r] = static_cast<double>(
        sum_row<T>(b.cols, [&](std::size_t i, std::size_t left) { return value(load_up_to(x + i, left)); }));
  if constexpr (sizeof(T) < sizeof(double)) {
    x = static_cast<const T*>(b.operands[0]);
    for (r = 0; r < b.rows; ++r, x += b.cols) {
      if (std::isfinite(b.partial[r]) && b.partial[r] >= least) continue;
      b.partial[r] = 0;
      for (std::size_t i = 0; i < b.cols; ++i) b.partial[r] += value(static_cast<double>(x[i]));
    }
  }
}

template <class T>
void mean(const Block& b) {
  sum_of_each_row<T>(b, [](auto x) { return x; });
}

// Σ w²
template <class T>
void add_l2(const Block& b) {
  sum_of_each_row<T>(b, [](auto w) { return w * w; });
}

// Σ |w|
template <class T>
void add_l1(const Block& b) {
  sum_of_each_row<T>(b, [](auto w) {
    if constexpr (std::is_same_v<decltype(w), double>)
      return std::abs(w);
    else
      return max(decltype(w)::zero() - w, w);
  });
}

// Σ x². Gradients may be so small that in float32 their squares vanish.
template <class T>
void norm(const Block& b) {
  constexpr double safe = 0x1p-80;
  sum_of_each_row<T>(
      b, [](auto x) { return x * x; }, safe);
}

}  // namespace
}  // namespace gemmnet
