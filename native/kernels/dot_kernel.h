// The dot-product micro-kernel: R rows of A against C columns of B, both contiguous along the inner dimension, so
// nothing is packed.
//
// Every element of C is summed in kLanes interleaved chains, on every instruction set. Where a register holds fewer
// lanes, the tile is passed over once for each register's worth of them.
#pragma once

#include <cstring>

#include "../simd/vec.h"
#include "table.h"

namespace gemmnet {
namespace {

template <class T, std::size_t R, std::size_t C>
void dot_tile(const Tile<T>& t) {
  using V = Vec<T>;
  constexpr std::size_t passes = kRegisters<T>;
  const std::size_t whole = t.k / kLanes<T> * kLanes<T>;
  const std::size_t rest = t.k - whole;

  const T* a[R];
  const T* b[C];
  for (std::size_t i = 0; i < R; ++i) a[i] = t.a + static_cast<std::ptrdiff_t>(i) * t.a_row;
  for (std::size_t j = 0; j < C; ++j) b[j] = t.b + static_cast<std::ptrdiff_t>(j) * t.b_row;

  // What is left of each row beyond the last 64 bytes, with zeros behind it.
  T a_rest[R][kLanes<T>];
  T b_rest[C][kLanes<T>];
  if (rest > 0) {
    std::memset(a_rest, 0, sizeof a_rest);
    std::memset(b_rest, 0, sizeof b_rest);
    for (std::size_t i = 0; i < R; ++i) std::memcpy(a_rest[i], a[i] + whole, rest * sizeof(T));
    for (std::size_t j = 0; j < C; ++j) std::memcpy(b_rest[j], b[j] + whole, rest * sizeof(T));
  }

  V sums[R][C][passes];
  for (std::size_t i = 0; i < R; ++i)
    for (std::size_t j = 0; j < C; ++j)
      for (std::size_t pass = 0; pass < passes; ++pass) sums[i][j][pass] = V::zero();
  // A pass continues the chains of its lanes over `length` elements.
  const auto extend = [&](std::size_t pass, std::size_t length, auto a_at, auto b_at) {
    V acc[R][C];
    for (std::size_t i = 0; i < R; ++i)
      for (std::size_t j = 0; j < C; ++j) acc[i][j] = sums[i][j][pass];
    for (std::size_t p = pass * V::width; p < length; p += kLanes<T>) {
      V bv[C];
#pragma GCC unroll 5
      for (std::size_t j = 0; j < C; ++j) bv[j] = V::load(b_at(j) + p);
#pragma GCC unroll 5
      for (std::size_t i = 0; i < R; ++i) {
        const V av = V::load(a_at(i) + p);
#pragma GCC unroll 5
        for (std::size_t j = 0; j < C; ++j) acc[i][j] = fma(av, bv[j], acc[i][j]);
      }
    }
    for (std::size_t i = 0; i < R; ++i)
      for (std::size_t j = 0; j < C; ++j) sums[i][j][pass] = acc[i][j];
  };
  // Where there are several passes, a block of the rows is still in the first-level cache for the second one.
  constexpr std::size_t block = passes == 1 ? static_cast<std::size_t>(-1) : 32 * kLanes<T>;
  for (std::size_t begin = 0; begin < whole;) {
    const std::size_t length = whole - begin < block ? whole - begin : block;
    for (std::size_t pass = 0; pass < passes; ++pass)
      extend(
          pass, length, [&](std::size_t i) { return a[i] + begin; }, [&](std::size_t j) { return b[j] + begin; });
    begin += length;
  }
  if (rest > 0)
    for (std::size_t pass = 0; pass < passes; ++pass)
      extend(
          pass, kLanes<T>, [&](std::size_t i) { return a_rest[i]; }, [&](std::size_t j) { return b_rest[j]; });

  for (std::size_t i = 0; i < R; ++i) {
    T* c = t.c + static_cast<std::ptrdiff_t>(i) * t.c_row;
    for (std::size_t j = 0; j < C; ++j) {
      const T product = t.alpha * fold_lanes<T>(sums[i][j]);
      switch (t.init) {
        case Init::zero: c[j] = product; break;
        case Init::accumulate: c[j] = product + c[j]; break;
        case Init::scale: c[j] = product + t.beta * c[j]; break;
        case Init::bias: c[j] = product + t.bias[j]; break;
      }
    }
  }
}

}  // namespace
}  // namespace gemmnet
