// What the columns of data of any dtype are like: sums, ranges and squares, added to what is there.
//
// Each column is summed row after row, on every instruction set and in lib/backend/js: statistics keep their bits
// however many threads share the columns, and however many rows come at a time.
#pragma once

#include <type_traits>

#include "rows.h"

namespace gemmnet {
namespace {

// Columns and rows that are gone through together, converted to T.
constexpr std::size_t kPanelCols = 256, kPanelRows = 16;

// Rows of a panel as T, where they lie if they are that.
template <class From, class T>
struct Panel {
  const T* data;
  std::size_t stride;
  alignas(64) T converted[kPanelRows * kPanelCols];

  void take(const From* x, std::size_t row_stride, std::size_t rows, std::size_t cols) {
    data = converted, stride = kPanelCols;
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t j = 0; j < cols; ++j) converted[r * kPanelCols + j] = static_cast<T>(x[r * row_stride + j]);
  }
};

template <class T>
struct Panel<T, T> {
  const T* data;
  std::size_t stride;

  void take(const T* x, std::size_t row_stride, std::size_t, std::size_t) { data = x, stride = row_stride; }
};

// A state of `Results` numbers a column, those of the operands behind the first 1 + Constants, goes through
// step(state, x, constants) row after row; constants are those of the operands 1 … Constants.
template <class From, class T, std::size_t Constants, std::size_t Results, class Step>
inline void fold_columns(const Block& b, Step step) {
  using V = Vec<T>;
  const From* x = static_cast<const From*>(b.operands[0]);
  Panel<From, T> panel;
  // N registers of columns from j on, of which n columns exist.
  const auto fold = [&]<std::size_t N>(std::size_t first, std::size_t j, std::size_t n, std::size_t rows,
                                       std::integral_constant<std::size_t, N>) {
    const auto operand = [&](std::size_t i) { return static_cast<T*>(b.operands[1 + i]) + first + j; };
    V constants[Constants][N], state[Results][N];
    for (std::size_t w = 0; w < N; ++w) {
      for (std::size_t i = 0; i < Constants; ++i) constants[i][w] = load_up_to(operand(i) + w * V::width, n);
      for (std::size_t i = 0; i < Results; ++i) state[i][w] = load_up_to(operand(Constants + i) + w * V::width, n);
    }
    for (std::size_t r = 0; r < rows; ++r)
#pragma GCC unroll 4
      for (std::size_t w = 0; w < N; ++w)
        step(state, w, load_up_to(panel.data + r * panel.stride + j + w * V::width, n), constants);
    for (std::size_t w = 0; w < N; ++w)
      for (std::size_t i = 0; i < Results; ++i) {
        T* const to = operand(Constants + i) + w * V::width;
        if (n >= V::width)
          state[i][w].store(to);
        else
          state[i][w].store_first(to, n);
      }
  };
  // As many registers as leave the state in them.
  constexpr std::size_t together = 4;
  for (std::size_t first = 0; first < b.cols; first += kPanelCols) {
    const std::size_t cols = b.cols - first < kPanelCols ? b.cols - first : kPanelCols;
    for (std::size_t row = 0; row < b.rows; row += kPanelRows) {
      const std::size_t rows = b.rows - row < kPanelRows ? b.rows - row : kPanelRows;
      panel.take(x + row * b.row_stride + first, b.row_stride, rows, cols);
      std::size_t j = 0;
      for (; j + together * V::width <= cols; j += together * V::width)
        fold(first, j, V::width, rows, std::integral_constant<std::size_t, together>());
      for (; j < cols; j += V::width) fold(first, j, cols - j, rows, std::integral_constant<std::size_t, 1>());
    }
  }
}

// Operands: x, shift, sums, min, max.
template <class From, class T>
void column_summary(const Block& b) {
  using V = Vec<T>;
  const V scale = V::set1(static_cast<T>(b.scalars[0]));
  fold_columns<From, T, 1, 3>(b, [scale](auto& state, std::size_t w, V x, const auto& constants) {
    state[0][w] = state[0][w] + (x - constants[0][w]) * scale;
    state[1][w] = select(x < state[1][w], x, state[1][w]);
    state[2][w] = select(state[2][w] < x, x, state[2][w]);
  });
}

// Operands: x, scale, shift, sums, squares.
template <class From, class T>
void column_moments(const Block& b) {
  using V = Vec<T>;
  fold_columns<From, T, 2, 2>(b, [](auto& state, std::size_t w, V x, const auto& constants) {
    const V off = x * constants[0][w] - constants[1][w];
    state[0][w] = state[0][w] + off;
    state[1][w] = state[1][w] + off * off;
  });
}

}  // namespace
}  // namespace gemmnet
