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
    // The rows lie anywhere in memory: the next one is on its way while this one is copied.
    const From* next = r + 1 < b.rows ? data + static_cast<std::size_t>(rows[r + 1]) * b.cols : from;
    constexpr std::size_t line = 64 / sizeof(From);
    std::size_t j = 0;
    for (; j + line <= b.cols; j += line) {
      __builtin_prefetch(next + j);
      for (std::size_t i = 0; i < line; ++i) x[j + i] = static_cast<To>(from[j + i]);
    }
    for (; j < b.cols; ++j) x[j] = static_cast<To>(from[j]);
  }
}

}  // namespace
}  // namespace gemmnet
