// Rows of data of any dtype, converted to T: by their numbers, which the engine has checked, or all of them in their
// order; as they are, or shifted and scaled on the way.
//
// Operands: the data, the row numbers (or null), the result; for normalized and standardized also shift and scale.
#pragma once

#include "table.h"

namespace gemmnet {
namespace {

template <class T>
struct AsIs {
  T operator()(T value, std::size_t) const { return value; }
};

// In T, and only then rounded to what is stored: data that are far from zero keep the digits in which they differ.
template <class T>
struct Normalized {
  const T* shift;
  const T* scale;
  T operator()(T value, std::size_t column) const { return (value - shift[column]) * scale[column]; }
};

template <class T>
struct Standardized {
  const T* shift;
  const T* scale;
  T operator()(T value, std::size_t column) const { return (value - shift[column]) / scale[column]; }
};

// How far ahead of what is copied memory is fetched, across the end of a row too, since rows lie anywhere.
constexpr std::size_t kGatherAhead = 1024;

template <class T, class From, class To, class F>
inline void gather_rows(const From* data, const std::int32_t* numbers, To* __restrict x, const Block& b, F f) {
  constexpr std::size_t line = 64 / sizeof(From), ahead = kGatherAhead / sizeof(From);
  const auto row = [&](std::size_t r) {
    return data + (numbers == nullptr ? r : static_cast<std::size_t>(numbers[r])) * b.cols;
  };
  for (std::size_t r = 0; r < b.rows; ++r, x += b.cols) {
    const From* from = row(r);
    const From* next = r + 1 < b.rows ? row(r + 1) : from;
    const std::size_t whole = b.cols / line * line, turn = whole > ahead ? whole - ahead : 0;
    const auto copy = [&](std::size_t begin, std::size_t end, const From* fetched) {
      for (std::size_t j = begin; j < end; j += line) {
        __builtin_prefetch(fetched + (j - begin));
        for (std::size_t i = j; i < j + line; ++i) x[i] = static_cast<To>(f(static_cast<T>(from[i]), i));
      }
    };
    copy(0, turn, from + ahead);
    copy(turn, whole, next);
    for (std::size_t j = whole; j < b.cols; ++j) x[j] = static_cast<To>(f(static_cast<T>(from[j]), j));
  }
}

template <class From, class T>
void gather(const Block& b) {
  gather_rows<T>(static_cast<const From*>(b.operands[0]), static_cast<const std::int32_t*>(b.operands[1]),
                 static_cast<T*>(b.operands[2]), b, AsIs<T>{});
}

template <class From, class To, class T, template <class> class F>
inline void gather_changed(const Block& b) {
  const F<T> f{static_cast<const T*>(b.operands[3]), static_cast<const T*>(b.operands[4])};
  gather_rows<T>(static_cast<const From*>(b.operands[0]), static_cast<const std::int32_t*>(b.operands[1]),
                 static_cast<To*>(b.operands[2]), b, f);
}

template <class From, class T, class To>
void normalized(const Block& b) {
  gather_changed<From, To, T, Normalized>(b);
}

template <class From, class T, class To>
void standardized(const Block& b) {
  gather_changed<From, To, T, Standardized>(b);
}

}  // namespace
}  // namespace gemmnet
