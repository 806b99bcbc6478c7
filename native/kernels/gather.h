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

// How far ahead of what is copied memory is fetched, across the end of a row too, since rows lie anywhere.
constexpr std::size_t kGatherAhead = 1024;

template <class From, class To, class F>
inline void gather_rows(const From* data, const std::int32_t* rows, To* __restrict x, const Block& b, F f) {
  constexpr std::size_t line = 64 / sizeof(From), ahead = kGatherAhead / sizeof(From);
  for (std::size_t r = 0; r < b.rows; ++r, x += b.cols) {
    const From* from = data + static_cast<std::size_t>(rows[r]) * b.cols;
    const From* next = r + 1 < b.rows ? data + static_cast<std::size_t>(rows[r + 1]) * b.cols : from;
    const std::size_t whole = b.cols / line * line, turn = whole > ahead ? whole - ahead : 0;
    const auto copy = [&](std::size_t begin, std::size_t end, const From* fetched) {
      for (std::size_t j = begin; j < end; j += line) {
        __builtin_prefetch(fetched + (j - begin));
        for (std::size_t i = j; i < j + line; ++i) x[i] = f(static_cast<To>(from[i]), i);
      }
    };
    copy(0, turn, from + ahead);
    copy(turn, whole, next);
    for (std::size_t j = whole; j < b.cols; ++j) x[j] = f(static_cast<To>(from[j]), j);
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
