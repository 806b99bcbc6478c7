// The outer-product micro-kernel: a tile of R rows and V vectors of C stays in registers while A and B stream by.
//
// Per step of the inner dimension: V vectors of B, R broadcast elements of A, R·V fused multiply-adds. A is read where
// it lies (a row and a column stride), so packing it is a choice of the caller. Each element of C is one chain of fma
// in the order of k, whatever the tile's size.
#pragma once

#include "updates.h"

namespace gemmnet {
namespace {

// Where the beginning of a tile's sums is read: a row of it, and what it counts.
template <class T>
struct Start {
  const T* row;
  std::ptrdiff_t to_next;
  T factor;
};

template <class T>
alignas(64) constexpr T kZeros[2 * Vec<T>::width] = {};

template <class T>
inline Start<T> start_of(const Tile<T>& t) {
  switch (t.init) {
    case Init::accumulate: return {t.c, t.c_row, T(1)};
    case Init::scale: return {t.c, t.c_row, t.beta};
    case Init::bias: return {t.bias, 0, T(1)};
    case Init::zero: break;
  }
  return {kZeros<T>, 0, T(1)};
}

template <class T, std::size_t R, std::size_t V>
void outer_tile(const Tile<T>& t) {
  constexpr std::size_t width = Vec<T>::width;
  // The tile of C is written last; fetching it now hides its way from memory. A shallow product is over before that.
  constexpr std::size_t shallow = 64;
  for (std::size_t i = 0; i < R && t.k > shallow; ++i)
    for (std::size_t v = 0; v < V; ++v)
      __builtin_prefetch(t.c + static_cast<std::ptrdiff_t>(i) * t.c_row + v * width, 1);
  Vec<T> acc[R][V];
#pragma GCC unroll 16
  for (std::size_t i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) acc[i][v] = Vec<T>::zero();
  // Five rows from each pointer: few enough registers for the addresses of all of them.
  constexpr std::size_t groups = (R + 4) / 5;
  const char* a[groups];
  const auto row = static_cast<std::ptrdiff_t>(sizeof(T)) * t.a_row, row3 = 3 * row;
  const auto next = static_cast<std::ptrdiff_t>(sizeof(T)) * t.a_col;
  for (std::size_t g = 0; g < groups; ++g)
    a[g] = reinterpret_cast<const char*>(t.a) + static_cast<std::ptrdiff_t>(5 * g) * row;
  const T* b = t.b;
  const std::ptrdiff_t b_row = t.b_row;
  for (std::size_t p = t.k; p > 0; --p, b += b_row) {
    Vec<T> bv[V];
    for (std::size_t v = 0; v < V; ++v) bv[v] = Vec<T>::load(b + v * width);
#pragma GCC unroll 16
    for (std::size_t i = 0; i < R; ++i) {
      const auto in_group = static_cast<std::ptrdiff_t>(i % 5);
      const char* at = a[i / 5] + (in_group == 3 ? row3 : in_group * row);
      const auto ai = Vec<T>::set1(*reinterpret_cast<const T*>(at));
#pragma GCC unroll 4
      for (std::size_t v = 0; v < V; ++v) acc[i][v] = fma(ai, bv[v], acc[i][v]);
    }
#pragma GCC unroll 3
    for (std::size_t g = 0; g < groups; ++g) a[g] += next;
  }
  // Each register of C in turn; what of the last ones lies beyond C is left alone.
  constexpr std::size_t width_before = (V - 1) * width;
  const std::size_t in_last = t.cols - width_before;
  const auto finish = [&](auto each) {
    // Unrolled, or the sums would go through memory.
    const auto all = [&](auto load, auto store) {
#pragma GCC unroll 16
      for (std::size_t i = 0; i < R; ++i) {
        T* c = t.c + static_cast<std::ptrdiff_t>(i) * t.c_row;
#pragma GCC unroll 4
        for (std::size_t v = 0; v + 1 < V; ++v)
          each(i, v, [](const T* p) { return Vec<T>::load(p); }).store(c + v * width);
        store(each(i, V - 1, load), c + width_before);
      }
    };
    if (in_last == width)
      all([](const T* p) { return Vec<T>::load(p); }, [](Vec<T> x, T* p) { x.store(p); });
    else
      all([=](const T* p) { return Vec<T>::load_first(p, in_last); },
          [=](Vec<T> x, T* p) { x.store_first(p, in_last); });
  };
  if (t.descends) {
    const auto reg = Vec<T>::set1(t.descent.reg);
    const Vec<T> sgd[2] = {Vec<T>::set1(t.descent.rate), Vec<T>::set1(t.descent.decay)};
    finish([&](std::size_t i, std::size_t v, auto load) {
      Vec<T> operands[2] = {load(t.c + static_cast<std::ptrdiff_t>(i) * t.c_row + v * width), acc[i][v]};
      op::axpy::run(operands, &reg);
      op::sgd::run(operands, sgd);
      return operands[0];
    });
  } else if (t.init == Init::zero && t.alpha == 1) {
    finish([&](std::size_t i, std::size_t v, auto) { return acc[i][v]; });
  } else {
    const Start<T> start = start_of(t);
    const auto alpha = Vec<T>::set1(t.alpha), factor = Vec<T>::set1(start.factor);
    finish([&](std::size_t i, std::size_t v, auto load) {
      return fma(alpha, acc[i][v],
                 factor * load(start.row + static_cast<std::ptrdiff_t>(i) * start.to_next + v * width));
    });
  }
}

}  // namespace
}  // namespace gemmnet
