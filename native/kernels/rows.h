// Ops that go row by row: softmax, log-softmax and their backwards, argmax, one-hot, sums and maxima of rows, rows of
// limited norm.
#pragma once

#include <cmath>

#include "../simd/math.h"
#include "table.h"

namespace gemmnet {
namespace {

// Σ over a row in the fixed order of kLanes chains; value_at(i, n) gives the vector from element i on, of which n
// elements exist and the others are 0.
template <class T, class F>
inline T sum_row(std::size_t n, F value_at) {
  constexpr std::size_t width = Vec<T>::width;
  Vec<T> sums[kRegisters<T>];
  for (auto& sum : sums) sum = Vec<T>::zero();
  std::size_t i = 0;
  // Whole vectors, and the compiler knows it.
  for (; i + kLanes<T> <= n; i += kLanes<T>)
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRegisters<T>; ++r) sums[r] = sums[r] + value_at(i + r * width, width);
  for (std::size_t r = 0; r < kRegisters<T> && i + r * width < n; ++r)
    sums[r] = sums[r] + value_at(i + r * width, n - i - r * width);
  return fold_lanes<T>(sums);
}

template <class T>
inline T sum_of_row(const T* p, std::size_t n) {
  return sum_row<T>(n, [p](std::size_t i, std::size_t left) { return load_up_to(p + i, left); });
}

template <class T>
inline T dot_of_rows(const T* p, const T* q, std::size_t n) {
  return sum_row<T>(
      n, [p, q](std::size_t i, std::size_t left) { return load_up_to(p + i, left) * load_up_to(q + i, left); });
}

// y[i] = f(x[i]) along a row, by vectors.
template <class T, class F>
inline void map_row(const T* x, T* y, std::size_t n, F f) {
  using V = Vec<T>;
  std::size_t i = 0;
  for (; i + V::width <= n; i += V::width) f(V::load(x + i)).store(y + i);
  if (i < n) f(V::load_first(x + i, n - i)).store_first(y + i, n - i);
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
  return sum_of_row(y, n);
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
    const T mean = dot_of_rows(dy, y, b.cols);
    for (std::size_t j = 0; j < b.cols; ++j) dx[j] = y[j] * (dy[j] - mean);
  }
}

template <class T>
inline T log_of(T x) {
  T lanes[Vec<T>::width];
  log<T>(Vec<T>::set1(x)).store(lanes);
  return lanes[0];
}

// y = (x − max) − log Σ e^(x − max)
template <class T>
void log_softmax(const Block& b) {
  using V = Vec<T>;
  const T* x = static_cast<const T*>(b.operands[0]);
  T* y = static_cast<T*>(b.operands[1]);
  for (std::size_t r = 0; r < b.rows; ++r, x += b.cols, y += b.cols) {
    const T max = max_of_row(x, b.cols), log_sum = log_of(exp_row(x, y, b.cols, max));
    map_row(x, y, b.cols, [m = V::set1(max), s = V::set1(log_sum)](V v) { return (v - m) - s; });
  }
}

// dx = dy − e^y·Σ dy
template <class T>
void log_softmax_backward(const Block& b) {
  using V = Vec<T>;
  const T* dy = static_cast<const T*>(b.operands[0]);
  const T* y = static_cast<const T*>(b.operands[1]);
  T* dx = static_cast<T*>(b.operands[2]);
  for (std::size_t r = 0; r < b.rows; ++r, dy += b.cols, y += b.cols, dx += b.cols) {
    const V sum = V::set1(sum_of_row(dy, b.cols));
    for (std::size_t j = 0; j < b.cols; j += V::width) {
      const std::size_t left = b.cols - j;
      store_up_to(load_up_to(dy + j, left) - exp<T>(load_up_to(y + j, left)) * sum, dx + j, left);
    }
  }
}

// The place of the first largest value; a NaN counts as the largest, as in NumPy.
template <class T>
inline std::size_t first_largest(const T* x, std::size_t n) {
  std::size_t best = 0;
  for (std::size_t j = 1; j < n && x[best] == x[best]; ++j)
    if (x[j] > x[best] || x[j] != x[j]) best = j;
  return best;
}

template <class T>
void argmax(const Block& b) {
  const T* x = static_cast<const T*>(b.operands[0]);
  auto* labels = static_cast<std::int32_t*>(b.operands[1]);
  for (std::size_t r = 0; r < b.rows; ++r, x += b.cols) labels[r] = static_cast<std::int32_t>(first_largest(x, b.cols));
}

template <class T>
void row_max(const Block& b) {
  const T* x = static_cast<const T*>(b.operands[0]);
  T* y = static_cast<T*>(b.operands[1]);
  for (std::size_t r = 0; r < b.rows; ++r, x += b.cols) y[r] = x[first_largest(x, b.cols)];
}

template <class T>
void row_max_backward(const Block& b) {
  const T* dy = static_cast<const T*>(b.operands[0]);
  const T* x = static_cast<const T*>(b.operands[1]);
  T* dx = static_cast<T*>(b.operands[2]);
  for (std::size_t r = 0; r < b.rows; ++r, x += b.cols, dx += b.cols) {
    for (std::size_t j = 0; j < b.cols; ++j) dx[j] = 0;
    dx[first_largest(x, b.cols)] = dy[r];
  }
}

// w = w·(maxNorm / ‖w‖) where the norm of a row is above maxNorm.
template <class T>
void limit_rows(const Block& b) {
  using V = Vec<T>;
  const double most = b.scalars[0];
  T* w = static_cast<T*>(b.operands[0]);
  for (std::size_t r = 0; r < b.rows; ++r, w += b.cols) {
    double squares = static_cast<double>(dot_of_rows(w, w, b.cols));
    if (!std::isfinite(squares)) {
      squares = 0;
      for (std::size_t j = 0; j < b.cols; ++j) squares += static_cast<double>(w[j]) * static_cast<double>(w[j]);
    }
    const double norm = std::sqrt(squares);
    if (norm > most) map_row(w, w, b.cols, [s = V::set1(static_cast<T>(most / norm))](V v) { return v * s; });
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

template <class T>
void spread(const Block& b) {
  const T* x = static_cast<const T*>(b.operands[0]);
  T* y = static_cast<T*>(b.operands[1]);
  for (std::size_t r = 0; r < b.rows; ++r, y += b.cols)
    for (std::size_t j = 0; j < b.cols; ++j) y[j] = x[r];
}

template <class T>
void row_sum(const Block& b) {
  const T* x = static_cast<const T*>(b.operands[0]);
  T* y = static_cast<T*>(b.operands[1]);
  const T beta = static_cast<T>(b.scalars[0]);
  for (std::size_t r = 0; r < b.rows; ++r, x += b.cols) {
    const T sum = sum_of_row(x, b.cols);
    y[r] = beta == 0 ? sum : sum + beta * y[r];
  }
}

}  // namespace
}  // namespace gemmnet
