// Sums down the columns (the gradient of a bias), by vectors along the rows: one chain of additions a column on every
// instruction set.
#pragma once

#include "rows.h"

namespace gemmnet {
namespace {

template <class T>
void column_sum(const Block& b) {
  using V = Vec<T>;
  constexpr std::size_t wide = 4;
  const T* x = static_cast<const T*>(b.operands[0]);
  T* y = static_cast<T*>(b.operands[1]);
  const T beta = static_cast<T>(b.scalars[0]);
  const auto finish = [&](std::size_t j, T sum) { y[j] = beta == 0 ? sum : sum + beta * y[j]; };

  std::size_t j = 0;
  T sums[wide * V::width];
  for (; j + wide * V::width <= b.cols; j += wide * V::width) {
    V v[wide] = {V::zero(), V::zero(), V::zero(), V::zero()};
    for (std::size_t r = 0; r < b.rows; ++r)
      for (std::size_t w = 0; w < wide; ++w) v[w] = v[w] + V::load(x + r * b.row_stride + j + w * V::width);
    for (std::size_t w = 0; w < wide; ++w) v[w].store(sums + w * V::width);
    for (std::size_t i = 0; i < wide * V::width; ++i) finish(j + i, sums[i]);
  }
  for (; j < b.cols; j += V::width) {
    const std::size_t n = b.cols - j < V::width ? b.cols - j : V::width;
    V v = V::zero();
    for (std::size_t r = 0; r < b.rows; ++r) v = v + load_up_to(x + r * b.row_stride + j, n);
    v.store(sums);
    for (std::size_t i = 0; i < n; ++i) finish(j + i, sums[i]);
  }
}

}  // namespace
}  // namespace gemmnet
