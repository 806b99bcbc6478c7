// What becomes of the sums of a tile when its inner dimension is through: shared by the kernels that hold them in whole
// registers along the columns of C.
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
inline Start<T> start_of(const Tile<T>& t) {
  switch (t.init) {
    case Init::accumulate: return {t.c, t.c_row, T(1)};
    case Init::scale: return {t.c, t.c_row, t.beta};
    case Init::bias: return {t.bias, 0, T(1)};
    case Init::zero: break;
  }
  return {nullptr, 0, T(1)};
}

// Calls `each` once, with a function f(sum, i, j, load) of what a register of C has to become: its sum, the row and the
// column within the tile where it begins, and load(p), which reads as many elements from p as the register has of C. It
// is asked once, so that what it depends on is looked up outside of the loops. A sum that is zero is made +0, as if it
// had started from there.
template <class T, class Each>
inline void end_tile(const Tile<T>& t, Each each) {
  using V = Vec<T>;
  if (t.descends) {
    const V rate = V::set1(t.descent.rate), first = V::set1(t.descent.shrink[0]), second = V::set1(t.descent.shrink[1]);
    const auto descend = [&](auto gradient) {
      each([&](V sum, std::size_t i, std::size_t j, auto load) {
        const V w = load(t.c + static_cast<std::ptrdiff_t>(i) * t.c_row + j);
        return op::descend(w, gradient(w, fma(first, w, sum + V::zero())), rate);
      });
    };
    if (t.descent.shrink[1] == 0)
      descend([](V, V g) { return g; });
    else
      descend([&](V w, V g) { return fma(second, w, g); });
  } else if (t.init == Init::zero) {
    if (t.alpha == 1) return each([](V sum, std::size_t, std::size_t, auto) { return sum + V::zero(); });
    const V alpha = V::set1(t.alpha);
    each([&](V sum, std::size_t, std::size_t, auto) { return fma(alpha, sum + V::zero(), V::zero()); });
  } else {
    const Start<T> start = start_of(t);
    const V alpha = V::set1(t.alpha), factor = V::set1(start.factor);
    each([&](V sum, std::size_t i, std::size_t j, auto load) {
      const V from = load(start.row + static_cast<std::ptrdiff_t>(i) * start.to_next + j);
      return fma(alpha, sum + V::zero(), factor * from);
    });
  }
}

}  // namespace
}  // namespace gemmnet
