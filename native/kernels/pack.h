// Packing of B to the panels in which the outer-product kernel reads them; see GemmKernels::pack.
#pragma once

#include "../simd/transpose.h"
#include "table.h"

namespace gemmnet {
namespace {

// B is contiguous along k: squares of registers are transposed. As many of its columns at a time as make whole lines of
// the panel, and each far enough ahead: they are more streams than the hardware's own prefetching follows.
template <class T>
void pack_transposed(T* to, const T* b, std::ptrdiff_t col, std::size_t k, std::size_t cols, std::size_t panel) {
  using V = Vec<T>;
  constexpr std::size_t width = V::width, line = kLanes<T>, ahead = 1024 / sizeof(T);
  const auto square = [&](std::size_t j, std::size_t p, auto load) {
    V rows[width];
#pragma GCC unroll 16
    for (std::size_t i = 0; i < width; ++i) {
      const T* from = b + static_cast<std::ptrdiff_t>(j + i) * col + static_cast<std::ptrdiff_t>(p);
      rows[i] = j + i < cols ? load(from) : V::zero();
    }
    transpose(rows);
    const std::size_t depth = k - p < width ? k - p : width;
    for (std::size_t i = 0; i < depth; ++i) rows[i].store(to + (p + i) * panel + j);
  };
  for (std::size_t first = 0; first < panel; first += line) {
    const std::size_t last = panel - first < line ? panel : first + line;
    for (std::size_t p = 0; p < k; p += line) {
      for (std::size_t j = first; j < last && j < cols; ++j)
        __builtin_prefetch(b + static_cast<std::ptrdiff_t>(j) * col + static_cast<std::ptrdiff_t>(p + ahead), 0, 2);
      for (std::size_t q = p; q < p + line && q < k; q += width) {
        const std::size_t left = k - q;
        for (std::size_t j = first; j < last; j += width) {
          if (left >= width)
            square(j, q, [](const T* from) { return V::load(from); });
          else
            square(j, q, [left](const T* from) { return V::load_first(from, left); });
        }
      }
    }
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
