// The outer-product micro-kernel: a tile of R rows and V vectors of C stays in registers while A and B stream by.
//
// Per step of the inner dimension: V vectors of B, R broadcast elements of A, R·V fused multiply-adds. A is read where
// it lies (a row and a column stride), so packing it is a choice of the caller. Each element of C is one chain of fma
// in the order of k, whatever the tile's size.
#pragma once

#include "../simd/vec.h"
#include "table.h"

namespace gemmnet {
namespace {

template <class T>
inline Vec<T> initial(const Tile<T>& t, const T* c, std::size_t column) {
  switch (t.init) {
    case Init::accumulate: return Vec<T>::load(c);
    case Init::scale: return Vec<T>::set1(t.beta) * Vec<T>::load(c);
    case Init::bias: return Vec<T>::load(t.bias + column);
    case Init::zero: break;
  }
  return Vec<T>::zero();
}

template <class T, std::size_t R, std::size_t V>
void outer_tile(const Tile<T>& t) {
  constexpr std::size_t width = Vec<T>::width;
  // The tile of C is written last; fetching it now hides its way from memory.
  for (std::size_t i = 0; i < R; ++i) __builtin_prefetch(t.c + static_cast<std::ptrdiff_t>(i) * t.c_row, 1);
  Vec<T> acc[R][V];
  for (auto& row : acc)
    for (auto& v : row) v = Vec<T>::zero();
  const T* a = t.a;
  const T* b = t.b;
  const std::ptrdiff_t a_row = t.a_row;
  for (std::size_t p = 0; p < t.k; ++p, a += t.a_col, b += t.b_row) {
    Vec<T> bv[V];
    for (std::size_t v = 0; v < V; ++v) bv[v] = Vec<T>::load(b + v * width);
#pragma GCC unroll 16
    for (std::size_t i = 0; i < R; ++i) {
      const auto ai = Vec<T>::set1(a[static_cast<std::ptrdiff_t>(i) * a_row]);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < V; ++v) acc[i][v] = fma(ai, bv[v], acc[i][v]);
    }
  }
  const auto alpha = Vec<T>::set1(t.alpha);
  for (std::size_t i = 0; i < R; ++i) {
    T* c = t.c + static_cast<std::ptrdiff_t>(i) * t.c_row;
    for (std::size_t v = 0; v < V; ++v)
      fma(alpha, acc[i][v], initial(t, c + v * width, v * width)).store(c + v * width);
  }
}

}  // namespace
}  // namespace gemmnet
