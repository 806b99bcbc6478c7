// Sums down the columns (the gradient of a bias, the statistics of a batch), by vectors along the rows. The one driver
// of such ops; an op is a struct that says what it sums and what becomes of the sums. Its operands come in the order
// matrices, constants, results.
#pragma once

#include "rows.h"

namespace gemmnet {
namespace {

// A column is summed in chains of so many rows, whose sums are then added in pairs, the pairs' sums in pairs, and so
// on: the rounding grows with the logarithm of the rows, and the order is the same on every instruction set and in
// lib/backend/js. Parts of kChainedRows·2^k rows have sums that are nodes of that tree: the engine may have them summed
// apart, and adds them in pairs.

// More halvings than any memory has rows for.
constexpr std::size_t kSumLevels = 40;

// sum[i] = Σ over the rows of what add(row, sum) adds to it, N registers at a time.
template <class V, std::size_t N, class Add>
inline void sum_down(std::size_t rows, V (&sum)[N], Add add) {
  // waiting[l] is the sum of 2^l chains, if bit l of their number is set.
  V waiting[kSumLevels][N];
  std::size_t chains = 0;
  const auto add_waiting = [&](std::size_t level) {
    for (std::size_t i = 0; i < N; ++i) sum[i] = waiting[level][i] + sum[i];
  };
  for (std::size_t first = 0;; ++chains) {
    const std::size_t last = rows - first > kChainedRows ? first + kChainedRows : rows;
    for (std::size_t i = 0; i < N; ++i) sum[i] = V::zero();
    for (; first < last; ++first) add(first, sum);
    if (first == rows) break;
    std::size_t level = 0;
    for (; chains >> level & 1; ++level) add_waiting(level);
    for (std::size_t i = 0; i < N; ++i) waiting[level][i] = sum[i];
  }
  for (std::size_t level = 0; chains >> level != 0; ++level)
    if (chains >> level & 1) add_waiting(level);
}

// Constants are one number a column, or one a row.
template <std::size_t Matrices, std::size_t Constants, std::size_t Sums, bool OfRows = false>
struct Sum {
  static constexpr std::size_t matrices = Matrices, constants = Constants, sums = Sums;
  static constexpr bool of_rows = OfRows;
};

// The columns from j on: W whole registers, or one of which `left` columns exist.
template <class T, class Op, std::size_t W>
inline void sum_columns(const Block& b, std::size_t j, std::size_t left) {
  using V = Vec<T>;
  const std::size_t n = W > 1 ? V::width : left;
  constexpr std::size_t room = Op::constants > 0 ? Op::constants : 1;
  const auto operand = [&](std::size_t o) { return static_cast<T*>(b.operands[o]); };
  V constants[W][room];
  if constexpr (!Op::of_rows)
    for (std::size_t w = 0; w < W; ++w)
      for (std::size_t k = 0; k < Op::constants; ++k)
        constants[w][k] = load_up_to(operand(Op::matrices + k) + j + w * V::width, n);
  // Sum s of register w is number w·sums + s.
  V sum[W * Op::sums];
  auto* const parts = static_cast<T*>(b.sums) + j;
  if (b.rows > 0)
    sum_down(b.rows, sum, [&](std::size_t row, V(&to)[W * Op::sums]) {
#pragma GCC unroll 4
      for (std::size_t w = 0; w < W; ++w) {
        V x[Op::matrices];
        for (std::size_t m = 0; m < Op::matrices; ++m)
          x[m] = load_up_to(operand(m) + row * b.row_stride + j + w * V::width, n);
        if constexpr (Op::of_rows)
          for (std::size_t k = 0; k < Op::constants; ++k) constants[w][k] = V::set1(operand(Op::matrices + k)[row]);
        Op::add(to + w * Op::sums, x, constants[w]);
      }
    });
  else
    for (std::size_t i = 0; i < W * Op::sums; ++i)
      sum[i] = load_up_to(parts + i % Op::sums * b.row_stride + i / Op::sums * V::width, n);

  if (b.rows > 0 && b.sums != nullptr) {
    for (std::size_t i = 0; i < W * Op::sums; ++i)
      store_up_to(sum[i], parts + i % Op::sums * b.row_stride + i / Op::sums * V::width, n);
    return;
  }
  T all[Op::sums][W * V::width];
  for (std::size_t i = 0; i < W * Op::sums; ++i) sum[i].store(all[i % Op::sums] + i / Op::sums * V::width);
  const std::size_t columns = W > 1 ? W * V::width : n;
  for (std::size_t i = 0; i < columns; ++i) {
    T sums[Op::sums];
    for (std::size_t s = 0; s < Op::sums; ++s) sums[s] = all[s][i];
    Op::finish(sums, static_cast<T>(b.total_rows), b.scalars,
               [&](std::size_t result) -> T& { return operand(Op::matrices + Op::constants + result)[j + i]; });
  }
}

template <class T, class Op>
void columns(const Block& b) {
  constexpr std::size_t width = Vec<T>::width, wide = Op::matrices * Op::sums > 1 ? 2 : 4;
  std::size_t j = 0;
  for (; j + wide * width <= b.cols; j += wide * width) sum_columns<T, Op, wide>(b, j, width);
  for (; j < b.cols; j += width) sum_columns<T, Op, 1>(b, j, b.cols - j < width ? b.cols - j : width);
}

namespace op {

struct column_sum : Sum<1, 0, 1> {
  template <class V>
  static void add(V* sum, const V* x, const V*) {
    sum[0] = sum[0] + x[0];
  }
  template <class T, class Results>
  static void finish(const T* sum, T, const double* scalars, Results result) {
    const T beta = static_cast<T>(scalars[0]);
    result(0) = beta == 0 ? sum[0] : sum[0] + beta * result(0);
  }
};

}  // namespace op
}  // namespace
}  // namespace gemmnet
