// Sums down the columns (the gradient of a bias), by vectors along the rows.
#pragma once

#include "rows.h"

namespace gemmnet {
namespace {

// A column is summed in chains of so many rows, whose sums are then added in pairs, the pairs' sums in pairs, and so
// on: the rounding grows with the logarithm of the rows, and the order is the same on every instruction set and in
// lib/backend/js.
constexpr std::size_t kChainedRows = 256;

// More halvings than any memory has rows for.
constexpr std::size_t kSumLevels = 40;

// sum[i] = Σ over the rows of load(row, i), N registers at a time.
template <class V, std::size_t N, class Load>
inline void sum_down(std::size_t rows, V (&sum)[N], Load load) {
  // waiting[l] is the sum of 2^l chains, if bit l of their number is set.
  V waiting[kSumLevels][N];
  std::size_t chains = 0;
  const auto add_waiting = [&](std::size_t level) {
    for (std::size_t i = 0; i < N; ++i) sum[i] = waiting[level][i] + sum[i];
  };
  for (std::size_t first = 0;; ++chains) {
    const std::size_t last = rows - first > kChainedRows ? first + kChainedRows : rows;
    for (std::size_t i = 0; i < N; ++i) sum[i] = V::zero();
    for (; first < last; ++first)
      for (std::size_t i = 0; i < N; ++i) sum[i] = sum[i] + load(first, i);
    if (first == rows) break;
    std::size_t level = 0;
    for (; chains >> level & 1; ++level) add_waiting(level);
    for (std::size_t i = 0; i < N; ++i) waiting[level][i] = sum[i];
  }
  for (std::size_t level = 0; chains >> level != 0; ++level)
    if (chains >> level & 1) add_waiting(level);
}

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
    V v[wide];
    sum_down(b.rows, v, [&](std::size_t r, std::size_t w) { return V::load(x + r * b.row_stride + j + w * V::width); });
    for (std::size_t w = 0; w < wide; ++w) v[w].store(sums + w * V::width);
    for (std::size_t i = 0; i < wide * V::width; ++i) finish(j + i, sums[i]);
  }
  for (; j < b.cols; j += V::width) {
    const std::size_t n = b.cols - j < V::width ? b.cols - j : V::width;
    V v[1];
    sum_down(b.rows, v, [&](std::size_t r, std::size_t) { return load_up_to(x + r * b.row_stride + j, n); });
    v[0].store(sums);
    for (std::size_t i = 0; i < n; ++i) finish(j + i, sums[i]);
  }
}

}  // namespace
}  // namespace gemmnet
