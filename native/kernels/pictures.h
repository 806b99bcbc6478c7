// Pictures: from channels first to channels last and back.
#pragma once

#include "../simd/transpose.h"
#include "table.h"

namespace gemmnet {
namespace {

// Each of `rows` matrices of row_stride rows and cols columns, by squares of registers.
template <class T>
void transposed(const Block& b) {
  using V = Vec<T>;
  constexpr std::size_t width = V::width;
  const std::size_t rows = b.row_stride, cols = b.cols;
  const T* x = static_cast<const T*>(b.operands[0]);
  T* y = static_cast<T*>(b.operands[1]);
  for (std::size_t r = 0; r < b.rows; ++r, x += rows * cols, y += rows * cols) {
    for (std::size_t i = 0; i < rows; i += width) {
      const std::size_t height = rows - i < width ? rows - i : width;
      for (std::size_t j = 0; j < cols; j += width) {
        const std::size_t breadth = cols - j < width ? cols - j : width;
        V square[width];
        for (std::size_t k = 0; k < width; ++k)
          square[k] = k < height ? load_up_to(x + (i + k) * cols + j, breadth) : V::zero();
        transpose(square);
        for (std::size_t k = 0; k < breadth; ++k) {
          T* const to = y + (j + k) * rows + i;
          if (height == width)
            square[k].store(to);
          else
            square[k].store_first(to, height);
        }
      }
    }
  }
}

}  // namespace
}  // namespace gemmnet
