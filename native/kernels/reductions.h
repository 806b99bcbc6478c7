// Sums of blocks; the engine adds the blocks' sums in order, in double.
#pragma once

#include "rows.h"

namespace gemmnet {
namespace {

template <class T>
void mean(const Block& b) {
  *b.partial = static_cast<double>(sum_of_row(static_cast<const T*>(b.operands[0]), b.cols));
}

// Σ w²
template <class T>
void add_l2(const Block& b) {
  const T* w = static_cast<const T*>(b.operands[0]);
  *b.partial = static_cast<double>(dot_of_rows(w, w, b.cols));
}

}  // namespace
}  // namespace gemmnet
