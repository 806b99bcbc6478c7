// Rows of a data set by their numbers, converted to T and, if wanted, shifted and scaled on the way. Row numbers were
// checked by the engine.
#pragma once

#include "table.h"

namespace gemmnet {
namespace {

template <class T>
struct AsIs {
  T operator()(T value, std::size_t) const { return value; }
};

template <class T>
struct Normalized {
  const T* shift;
  const T* scale;
  T operator()(T value, std::size_t column) const { return (value - shift[column]) * scale[column]; }
};

template <class From, class To, class F>
inline void gather_rows(const From* data, const std::int32_t* rows, To* x, const Block& b, F f) {
  for (std::size_t r = 0; r < b.rows; ++r, x += b.cols) {
    const From* from = data + static_cast<std::size_t>(rows[r]) * b.cols;
    // The rows lie anywhere in memory: the next one is on its way while this one is copied.
    const From* next = r + 1 < b.rows ? data + static_cast<std::size_t>(rows[r + 1]) * b.cols : from;
    constexpr std::size_t line = 64 / sizeof(From);
    std::size_t j = 0;
    for (; j + line <= b.cols; j += line) {
      __builtin_prefetch(next + j);
      for (std::size_t i = j; i < j + line; ++i) x[i] = f(static_cast<To>(from[i]), i);
    }
    for (; j < b.cols; ++j) x[j] = f(static_cast<To>(from[j]), j);
  }
}

template <class From, class To>
void gather(const Block& b) {
  gather_rows(static_cast<const From*>(b.operands[0]), static_cast<const std::int32_t*>(b.operands[1]),
              static_cast<To*>(b.operands[2]), b, AsIs<To>{});
}

template <class From, class To>
void gather_normalized(const Block& b) {
  const Normalized<To> f{static_cast<const To*>(b.operands[2]), static_cast<const To*>(b.operands[3])};
  gather_rows(static_cast<const From*>(b.operands[0]), static_cast<const std::int32_t*>(b.operands[1]),
              static_cast<To*>(b.operands[4]), b, f);
}

}  // namespace
}  // namespace gemmnet
