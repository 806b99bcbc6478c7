// Ops that look at a whole row at a time: softmax and its backward, argmax, one-hot.
#pragma once

#include <cstring>

#include "../simd/math.h"
#include "table.h"

namespace gemmnet {
namespace {

// The 64 bytes of values that stand at p, of which `n` elements exist; the rest is `filler`.
template <class T>
struct Lanes {
  T values[kLanes<T>];
  Lanes(const T* p, std::size_t n, T filler) {
    for (std::size_t i = 0; i < kLanes<T>; ++i) values[i] = filler;
    std::memcpy(values, p, n * sizeof(T));
  }
};

// Σ f(i) over vectors of a row in the fixed order of kLanes chains; f(offset into the row or into a padded copy).
template <class T, class F>
inline T sum_row(std::size_t n, F value_at) {
  using V = Vec<T>;
  V sums[kRegisters<T>];
  for (auto& sum : sums) sum = V::zero();
  std::size_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>)
    for (std::size_t r = 0; r < kRegisters<T>; ++r) sums[r] = sums[r] + value_at.vector(i + r * V::width);
  if (i < n) {
    const auto rest = value_at.rest(i, n - i);
    for (std::size_t r = 0; r < kRegisters<T>; ++r) sums[r] = sums[r] + V::load(rest.values + r * V::width);
  }
  return fold_lanes<T>(sums);
}

template <class T>
struct Values {
  const T* p;
  Vec<T> vector(std::size_t i) const { return Vec<T>::load(p + i); }
  Lanes<T> rest(std::size_t i, std::size_t n) const { return Lanes<T>(p + i, n, T(0)); }
};

template <class T>
struct Products {
  const T* p;
  const T* q;
  Vec<T> vector(std::size_t i) const { return Vec<T>::load(p + i) * Vec<T>::load(q + i); }
  Lanes<T> rest(std::size_t i, std::size_t n) const {
    Lanes<T> a(p + i, n, T(0));
    for (std::size_t j = 0; j < n; ++j) a.values[j] *= q[i + j];
    return a;
  }
};

// y[i] = f(x[i]) along a row, by vectors; the rest of a row through a buffer.
template <class T, class F>
inline void map_row(const T* x, T* y, std::size_t n, F f) {
  using V = Vec<T>;
  std::size_t i = 0;
  for (; i + V::width <= n; i += V::width) f(V::load(x + i)).store(y + i);
  if (i == n) return;
  T rest[V::width] = {};
  std::memcpy(rest, x + i, (n - i) * sizeof(T));
  f(V::load(rest)).store(rest);
  std::memcpy(y + i, rest, (n - i) * sizeof(T));
}

template <class T>
inline T max_of_row(const T* x, std::size_t n) {
  T best = x[0];
  for (std::size_t i = 1; i < n; ++i) best = x[i] > best ? x[i] : best;
  return best;
}

// y = e^(x − max x); returns Σ y.
template <class T>
inline T exp_row(const T* x, T* y, std::size_t n, T max) {
  using V = Vec<T>;
  map_row(x, y, n, [shift = V::set1(max)](V v) { return exp<T>(v - shift); });
  return sum_row<T>(n, Values<T>{y});
}

template <class T>
void softmax(const Block& b) {
  using V = Vec<T>;
  const T* x = static_cast<const T*>(b.operands[0]);
  T* y = static_cast<T*>(b.operands[1]);
  for (std::size_t r = 0; r < b.rows; ++r, x += b.cols, y += b.cols) {
    const T sum = exp_row(x, y, b.cols, max_of_row(x, b.cols));
    map_row(y, y, b.cols, [s = V::set1(sum)](V v) { return v / s; });
  }
}

// dx = y·(dy − Σ dy·y)
template <class T>
void softmax_backward(const Block& b) {
  const T* dy = static_cast<const T*>(b.operands[0]);
  const T* y = static_cast<const T*>(b.operands[1]);
  T* dx = static_cast<T*>(b.operands[2]);
  for (std::size_t r = 0; r < b.rows; ++r, dy += b.cols, y += b.cols, dx += b.cols) {
    const T mean = sum_row<T>(b.cols, Products<T>{dy, y});
    for (std::size_t j = 0; j < b.cols; ++j) dx[j] = y[j] * (dy[j] - mean);
  }
}

// The first largest value; a NaN counts as the largest, as in NumPy.
template <class T>
void argmax(const Block& b) {
  const T* x = static_cast<const T*>(b.operands[0]);
  auto* labels = static_cast<std::int32_t*>(b.operands[1]);
  for (std::size_t r = 0; r < b.rows; ++r, x += b.cols) {
    std::size_t best = 0;
    for (std::size_t j = 1; j < b.cols && x[best] == x[best]; ++j)
      if (x[j] > x[best] || x[j] != x[j]) best = j;
    labels[r] = static_cast<std::int32_t>(best);
  }
}

template <class T>
void one_hot(const Block& b) {
  const auto* labels = static_cast<const std::int32_t*>(b.operands[0]);
  T* y = static_cast<T*>(b.operands[1]);
  for (std::size_t r = 0; r < b.rows; ++r, y += b.cols) {
    for (std::size_t j = 0; j < b.cols; ++j) y[j] = 0;
    y[labels[r]] = 1;
  }
}

}  // namespace
}  // namespace gemmnet
