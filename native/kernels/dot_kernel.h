// The dot-product micro-kernel: R rows of A against C columns of B, both contiguous along the inner dimension, so
// nothing is packed.
//
// Every element of C is summed in kLanes interleaved chains, on every instruction set. Where a register holds fewer
// lanes, the tile is passed over once for each register's worth of them.
#pragma once

#include "../simd/fold.h"
#include "table.h"

namespace gemmnet {
namespace {

template <class T, std::size_t R, std::size_t C>
void dot_tile(const Tile<T>& t) {
  using V = Vec<T>;
  constexpr std::size_t passes = kRegisters<T>;
  const std::size_t whole = t.k / kLanes<T> * kLanes<T>;

  const T* a[R];
  const T* b[C];
  for (std::size_t i = 0; i < R; ++i) a[i] = t.a + static_cast<std::ptrdiff_t>(i) * t.a_row;
  for (std::size_t j = 0; j < C; ++j) b[j] = t.b + static_cast<std::ptrdiff_t>(j) * t.b_row;

  V sums[R * C][passes];
#pragma GCC unroll 25
  for (std::size_t at = 0; at < R * C; ++at)
    for (std::size_t pass = 0; pass < passes; ++pass) sums[at][pass] = V::zero();
  // A pass continues the chains of its lanes from `begin` to `end`, where `load` reads.
  const auto extend = [&](std::size_t pass, std::size_t begin, std::size_t end, auto load) {
    V acc[R * C];
#pragma GCC unroll 25
    for (std::size_t at = 0; at < R * C; ++at) acc[at] = sums[at][pass];
    for (std::size_t p = begin + pass * V::width; p < end; p += kLanes<T>) {
      V bv[C];
#pragma GCC unroll 5
      for (std::size_t j = 0; j < C; ++j) bv[j] = load(b[j] + p);
#pragma GCC unroll 5
      for (std::size_t i = 0; i < R; ++i) {
        const V av = load(a[i] + p);
#pragma GCC unroll 5
        for (std::size_t j = 0; j < C; ++j) acc[i * C + j] = fma(av, bv[j], acc[i * C + j]);
      }
    }
#pragma GCC unroll 25
    for (std::size_t at = 0; at < R * C; ++at) sums[at][pass] = acc[at];
  };
  // Where there are several passes, a block of the rows is still in the first-level cache for the second one.
  constexpr std::size_t block = passes == 1 ? static_cast<std::size_t>(-1) : 32 * kLanes<T>;
  for (std::size_t begin = 0; begin < whole;) {
    const std::size_t end = whole - begin < block ? whole : begin + block;
    for (std::size_t pass = 0; pass < passes; ++pass) extend(pass, begin, end, [](const T* p) { return V::load(p); });
    begin = end;
  }
  // Beyond the last 64 bytes, where what is not there counts as zero.
  for (std::size_t pass = 0; pass < passes && whole + pass * V::width < t.k; ++pass) {
    const std::size_t left = t.k - whole - pass * V::width, n = left < V::width ? left : V::width;
    extend(pass, whole, t.k, [n](const T* p) { return V::load_first(p, n); });
  }

  Vec<T> products[Folding<T>::template registers<R * C>];
  Folding<T>::run(sums, products);
  const auto finish = [&](auto start) {
    const V alpha = V::set1(t.alpha);
    // Row i, from column j on, lies in the products from i·C + j on.
    const auto part = [&]<std::size_t I, std::size_t J>() {
      constexpr std::size_t n = C - J < V::width ? C - J : V::width;
      T* const c = t.c + static_cast<std::ptrdiff_t>(I) * t.c_row + J;
      start(alpha * Folding<T>::template from<I * C + J>(products), c, J, n).store_first(c, n);
    };
    const auto row = [&]<std::size_t I, std::size_t... J>(std::index_sequence<J...>) {
      (part.template operator()<I, J * V::width>(), ...);
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (row.template operator()<I>(std::make_index_sequence<(C + V::width - 1) / V::width>()), ...);
    }
    (std::make_index_sequence<R>());
  };
  switch (t.init) {
    case Init::zero: return finish([](V product, const T*, std::size_t, std::size_t) { return product; });
    case Init::accumulate:
      return finish([](V product, const T* c, std::size_t, std::size_t n) { return product + V::load_first(c, n); });
    case Init::scale:
      return finish([beta = V::set1(t.beta)](V product, const T* c, std::size_t, std::size_t n) {
        return product + beta * V::load_first(c, n);
      });
    case Init::bias:
      return finish([bias = t.bias](V product, const T*, std::size_t j, std::size_t n) {
        return product + V::load_first(bias + j, n);
      });
  }
}

}  // namespace
}  // namespace gemmnet
