// Packing of A and B to the panels in which the outer-product kernel reads them; see GemmKernels::pack.
#pragma once

#include "../simd/vec.h"
#include "table.h"

namespace gemmnet {
namespace {

// A square of 16-byte vectors, transposed: kSquare<T> rows at `from` become as many columns at `to`. Plain loops here
// make compilers emit gathers and scatters, which cost three times as much.
template <class T>
inline constexpr std::size_t kSquare = 16 / sizeof(T);

inline void transpose_square(float* to, std::ptrdiff_t to_row, const float* from, std::ptrdiff_t from_row) {
  using Quad = float __attribute__((vector_size(16)));
  Quad r[4];
  for (int i = 0; i < 4; ++i) __builtin_memcpy(&r[i], from + i * from_row, 16);
  const Quad a = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5), b = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
  const Quad c = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7), d = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
  const Quad columns[4] = {__builtin_shufflevector(a, b, 0, 1, 4, 5), __builtin_shufflevector(a, b, 2, 3, 6, 7),
                           __builtin_shufflevector(c, d, 0, 1, 4, 5), __builtin_shufflevector(c, d, 2, 3, 6, 7)};
  for (int i = 0; i < 4; ++i) __builtin_memcpy(to + i * to_row, &columns[i], 16);
}

inline void transpose_square(double* to, std::ptrdiff_t to_row, const double* from, std::ptrdiff_t from_row) {
  using Pair = double __attribute__((vector_size(16)));
  Pair r[2];
  for (int i = 0; i < 2; ++i) __builtin_memcpy(&r[i], from + i * from_row, 16);
  const Pair columns[2] = {__builtin_shufflevector(r[0], r[1], 0, 2), __builtin_shufflevector(r[0], r[1], 1, 3)};
  for (int i = 0; i < 2; ++i) __builtin_memcpy(to + i * to_row, &columns[i], 16);
}

// B is contiguous along k: turned in squares, of a few columns at a time, as many as the hardware's prefetching
// follows.
template <class T>
inline constexpr std::size_t kColsAtOnce = 8;
inline constexpr std::size_t kDepthAtOnce = 1024;

template <class T>
void pack_transposed(T* to, const T* b, std::ptrdiff_t col, std::size_t k, std::size_t cols, std::size_t panel) {
  const auto to_row = static_cast<std::ptrdiff_t>(panel);
  const std::size_t square_cols = cols / kSquare<T> * kSquare<T>, square_rows = k / kSquare<T> * kSquare<T>;
  for (std::size_t begin = 0; begin < square_rows; begin += kDepthAtOnce) {
    const std::size_t end = square_rows - begin < kDepthAtOnce ? square_rows : begin + kDepthAtOnce;
    for (std::size_t first = 0; first < square_cols; first += kColsAtOnce<T>) {
      const std::size_t last = square_cols - first < kColsAtOnce<T> ? square_cols : first + kColsAtOnce<T>;
      for (std::size_t p = begin; p < end; p += kLanes<T>) {
        const std::size_t line_end = end - p < kLanes<T> ? end : p + kLanes<T>;
        for (std::size_t j = first; j < last; j += kSquare<T>)
          for (std::size_t q = p; q < line_end; q += kSquare<T>)
            transpose_square(to + q * panel + j, to_row, b + static_cast<std::ptrdiff_t>(j) * col + q, col);
      }
    }
  }
  const auto copy = [&](std::size_t q, std::size_t j) {
    to[q * panel + j] = j < cols ? b[static_cast<std::ptrdiff_t>(j) * col + static_cast<std::ptrdiff_t>(q)] : T(0);
  };
  for (std::size_t q = 0; q < square_rows; ++q)
    for (std::size_t j = square_cols; j < panel; ++j) copy(q, j);
  for (std::size_t q = square_rows; q < k; ++q)
    for (std::size_t j = 0; j < panel; ++j) copy(q, j);
}

template <class T>
void copy_rows(T* to, std::ptrdiff_t to_row, const T* from, std::ptrdiff_t from_row, std::size_t rows,
               std::size_t cols) {
  using V = Vec<T>;
  for (; rows > 0; --rows, to += to_row, from += from_row) {
    std::size_t j = 0;
    for (; j + V::width <= cols; j += V::width) V::load(from + j).store(to + j);
    if (j < cols) V::load_first(from + j, cols - j).store_first(to + j, cols - j);
  }
}

template <class T>
void pack_panel(T* to, const T* b, std::ptrdiff_t row, std::ptrdiff_t col, std::size_t k, std::size_t cols,
                std::size_t panel) {
  using V = Vec<T>;
  if (row == 1 && col != 1) return pack_transposed(to, b, col, k, cols, panel);
  if (col == 1 && cols == 2 * V::width) {
    for (std::size_t p = 0; p < k; ++p, to += panel, b += row) {
      // Rows are far apart, where the hardware's own prefetching does not look.
      __builtin_prefetch(b + 8 * row);
      __builtin_prefetch(b + 8 * row + 64 / sizeof(T));
      V::load(b).store(to);
      V::load(b + V::width).store(to + V::width);
    }
    return;
  }
  for (std::size_t p = 0; p < k; ++p, to += panel, b += row) {
    if (col == 1) {
      __builtin_prefetch(b + 8 * row);
      std::size_t j = 0;
      for (; j + V::width <= cols; j += V::width) V::load(b + j).store(to + j);
      if (j < cols) V::load_first(b + j, cols - j).store(to + j);
    } else {
      for (std::size_t j = 0; j < cols; ++j) to[j] = b[static_cast<std::ptrdiff_t>(j) * col];
      for (std::size_t j = cols; j < panel; ++j) to[j] = 0;
    }
  }
}

}  // namespace
}  // namespace gemmnet
