// Rows of a data set by their numbers, converted to T on the way. Row numbers were checked by the engine.
#pragma once

#include "table.h"

namespace gemmnet {
namespace {

template <class From, class To>
void gather(const Block& b) {
  const From* data = static_cast<const From*>(b.operands[0]);
  const auto* rows = static_cast<const std::int32_t*>(b.operands[1]);
  To* x = static_cast<To*>(b.operands[2]);
  for (std::size_t r = 0; r < b.rows; ++r, x += b.cols) {
    const From* from = data + static_cast<std::size_t>(rows[r]) * b.cols;
    for (std::size_t j = 0; j < b.cols; ++j) x[j] = static_cast<To>(from[j]);
  }
}

}  // namespace
}  // namespace gemmnet
