// What losses share, and the weights of their rows.
#pragma once

#include <cmath>

#include "rows.h"

namespace gemmnet {
namespace {

// Whether a row has to be computed again in double: what left the range of float32 on the way may be inside at the end.
template <class T>
inline bool left_range(T loss) {
  return sizeof(T) < sizeof(double) && !std::isfinite(loss);
}

inline double exp_of(double x) {
  double lanes[Vec<double>::width];
  exp<double>(Vec<double>::set1(x)).store(lanes);
  return lanes[0];
}

inline double log1p_of(double x) {
  double lanes[Vec<double>::width];
  log1p<double>(Vec<double>::set1(x)).store(lanes);
  return lanes[0];
}

// losses and dscores times w / Σ d · n, so that their mean is Σ w·loss / Σ d: weights holds w and d of each row, sums
// their sums over all rows. A row of weight 0 counts for nothing, whatever it holds.
template <class T>
void weigh_rows(const Block& b) {
  using V = Vec<T>;
  T* losses = static_cast<T*>(b.operands[0]);
  T* ds = static_cast<T*>(b.operands[1]);
  const T* weights = static_cast<const T*>(b.operands[2]);
  const double mean = static_cast<double>(static_cast<const T*>(b.operands[3])[1]) / static_cast<double>(b.total_rows);
  const std::size_t cols = b.second_cols;
  for (std::size_t r = 0; r < b.rows; ++r, ds += cols) {
    const T weight = weights[2 * r] == 0 ? T(0) : static_cast<T>(weights[2 * r] / mean);
    const auto weigh = [weight](T x) { return weight == 0 ? T(0) : weight * x; };
    losses[r] = weigh(losses[r]);
    if (weight == 0)
      for (std::size_t j = 0; j < cols; ++j) ds[j] = 0;
    else
      map_row(ds, ds, cols, [w = V::set1(weight)](V v) { return w * v; });
  }
}

}  // namespace
}  // namespace gemmnet
