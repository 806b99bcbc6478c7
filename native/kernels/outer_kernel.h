// The outer-product micro-kernel: a tile of R rows and V vectors of C stays in registers while A and B stream by.
//
// Per step of the inner dimension: V vectors of B, R broadcast elements of A, R·V fused multiply-adds. A is read where
// it lies (a row and a column stride), so packing it is a choice of the caller. Each element of C is one chain of fma
// in the order of k, whatever the tile's size.
#pragma once

#include "tile_end.h"

namespace gemmnet {
namespace {

// With Runs, the inner dimension is t.runs times t.k steps, none of them zero, with a jump of A and B in between.
//
// At an edge of C the last register has only so many columns as t.cols says; neither of B nor of C more is touched.
template <class T, std::size_t R, std::size_t V, bool Edge, bool Runs = false>
void outer_tile(const Tile<T>& t) {
  constexpr std::size_t width = Vec<T>::width;
  constexpr std::size_t before_last = (V - 1) * width;
  const std::size_t in_last = t.cols - before_last;
  const auto load = [in_last](const T* p, std::size_t v) {
    return Edge && v + 1 == V ? Vec<T>::load_first(p, in_last) : Vec<T>::load(p);
  };
  // The tile of C is written last; fetching it now hides its way from memory. A shallow product is over before that.
  constexpr std::size_t shallow = 64;
  for (std::size_t i = 0; i < R && t.k > shallow; ++i)
    for (std::size_t v = 0; v < V; ++v)
      __builtin_prefetch(t.c + static_cast<std::ptrdiff_t>(i) * t.c_row + v * width, 1);
  // Five rows from each pointer: few enough registers for the addresses of all of them.
  constexpr std::size_t groups = (R + 4) / 5;
  const char* a[groups];
  const auto row = static_cast<std::ptrdiff_t>(sizeof(T)) * t.a_row, row3 = 3 * row;
  const auto next = static_cast<std::ptrdiff_t>(sizeof(T)) * t.a_col;
  for (std::size_t g = 0; g < groups; ++g)
    a[g] = reinterpret_cast<const char*>(t.a) + static_cast<std::ptrdiff_t>(5 * g) * row;
  const T* b = t.b;
  const std::ptrdiff_t b_row = t.b_row;
  Vec<T> acc[R][V];
  const auto step = [&](auto extend) {
    Vec<T> bv[V];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) bv[v] = load(b + v * width, v);
    b += b_row;
#pragma GCC unroll 16
    for (std::size_t i = 0; i < R; ++i) {
      const auto in_group = static_cast<std::ptrdiff_t>(i % 5);
      const char* at = a[i / 5] + (in_group == 3 ? row3 : in_group * row);
      const auto ai = Vec<T>::set1(*reinterpret_cast<const T*>(at));
#pragma GCC unroll 4
      for (std::size_t v = 0; v < V; ++v) extend(acc[i][v], ai, bv[v]);
    }
#pragma GCC unroll 3
    for (std::size_t g = 0; g < groups; ++g) a[g] += next;
  };
  // The sums start as the first products: clearing all registers would take as long as another step.
  if (t.k > 0) {
    step([](Vec<T>& sum, Vec<T> x, Vec<T> y) { sum = x * y; });
  } else {
#pragma GCC unroll 16
    for (std::size_t i = 0; i < R; ++i)
#pragma GCC unroll 4
      for (std::size_t v = 0; v < V; ++v) acc[i][v] = Vec<T>::zero();
  }
  const auto add = [](Vec<T>& sum, Vec<T> x, Vec<T> y) { sum = fma(x, y, sum); };
  for (std::size_t p = t.k; p > 1; --p) step(add);
  if constexpr (Runs) {
    const auto jump = static_cast<std::ptrdiff_t>(sizeof(T)) * t.a_jump;
    for (std::size_t run = t.runs; run > 1; --run) {
      for (std::size_t g = 0; g < groups; ++g) a[g] += jump;
      b += t.b_jump;
      for (std::size_t p = t.k; p > 0; --p) step(add);
    }
  }
  // Each register of C in turn; unrolled, or the sums would go through memory.
  end_tile(t, [&](auto result) {
#pragma GCC unroll 16
    for (std::size_t i = 0; i < R; ++i) {
      T* c = t.c + static_cast<std::ptrdiff_t>(i) * t.c_row;
#pragma GCC unroll 4
      for (std::size_t v = 0; v < V; ++v) {
        const Vec<T> x = result(acc[i][v], i, v * width, [&load, v](const T* p) { return load(p, v); });
        if (Edge && v + 1 == V)
          x.store_first(c + v * width, in_last);
        else
          x.store(c + v * width);
      }
    }
  });
}

}  // namespace
}  // namespace gemmnet
