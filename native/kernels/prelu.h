// PReLU: a leaky ReLU that learns the slopes of its columns (He et al. 2015).
#pragma once

#include "columns.h"

namespace gemmnet {
namespace {

// y = v where x > 0, else slope·v, row by row: forward v is x, backward it is dy.
template <class T>
inline void prelu_rows(const Block& b, const T* v, const T* x, const T* slope, T* y) {
  using V = Vec<T>;
  for (std::size_t r = 0; r < b.rows; ++r, v += b.cols, x += b.cols, y += b.cols)
    for (std::size_t j = 0; j < b.cols; j += V::width) {
      const std::size_t left = b.cols - j;
      const V value = load_up_to(v + j, left);
      const V below = load_up_to(slope + j, left) * value;
      store_up_to(select(load_up_to(x + j, left) <= V::zero(), below, value), y + j, left);
    }
}

template <class T>
void prelu(const Block& b) {
  const T* x = static_cast<const T*>(b.operands[0]);
  prelu_rows(b, x, x, static_cast<const T*>(b.operands[1]), static_cast<T*>(b.operands[2]));
}

template <class T>
void prelu_backward(const Block& b) {
  prelu_rows(b, static_cast<const T*>(b.operands[0]), static_cast<const T*>(b.operands[1]),
             static_cast<const T*>(b.operands[2]), static_cast<T*>(b.operands[3]));
}

namespace op {

// dslope = Σ dy·min(x, 0) over the rows, + beta·dslope
struct prelu_slope : Sum<2, 0, 1> {
  template <class V>
  static void add(V* sum, const V* x, const V*) {
    sum[0] = sum[0] + select(V::zero() < x[1], V::zero(), x[0] * x[1]);
  }
  template <class T, class Results>
  static void finish(const T* sum, T, const double* scalars, Results result) {
    const T beta = static_cast<T>(scalars[0]);
    result(0) = beta == 0 ? sum[0] : sum[0] + beta * result(0);
  }
};

}  // namespace op
}  // namespace
}  // namespace gemmnet
