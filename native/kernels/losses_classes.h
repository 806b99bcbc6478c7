// Losses of classes: for each row its loss and the gradient of the mean loss of the whole batch. Labels were checked by
// the engine.
#pragma once

#include <algorithm>
#include <limits>

#include "losses_rows.h"

namespace gemmnet {
namespace {

// The operands of a loss over labels, row by row: f(scores, label, loss, gradient).
template <class T, class F>
inline void each_labelled_row(const Block& b, F f) {
  const T* scores = static_cast<const T*>(b.operands[0]);
  const auto* labels = static_cast<const std::int32_t*>(b.operands[1]);
  T* losses = static_cast<T*>(b.operands[2]);
  T* gradient = static_cast<T*>(b.operands[3]);
  for (std::size_t r = 0; r < b.rows; ++r, scores += b.cols, gradient += b.cols)
    f(scores, static_cast<std::size_t>(labels[r]), losses[r], gradient);
}

// loss = log Σ e^(s − max) − (s_y − max): finite for all finite scores. ds = (softmax(s) − onehot(y)) / n
template <class T>
void softmax_cross_entropy(const Block& b) {
  using V = Vec<T>;
  const T n = static_cast<T>(b.total_rows);
  T* losses = static_cast<T*>(b.operands[2]);
  T shifted[V::width];
  std::size_t row = 0;
  each_labelled_row<T>(b, [&](const T* s, std::size_t label, T& loss, T* ds) {
    const T max = max_of_row(s, b.cols);
    const std::size_t lane = row % V::width;
    shifted[lane] = s[label] - max;
    const T sum = exp_row(s, ds, b.cols, max);
    loss = sum;
    map_row(ds, ds, b.cols, [d = V::set1(sum * n)](V v) { return v / d; });
    ds[label] -= 1 / n;
    // The logarithms of as many rows as a register holds, at once.
    ++row;
    if (lane + 1 < V::width && row < b.rows) return;
    T* sums = losses + row - lane - 1;
    (log<T>(V::load_first(sums, lane + 1)) - V::load_first(shifted, lane + 1)).store_first(sums, lane + 1);
  });
}

// The same against any weights t of the classes: loss = Σ t·(log Σ e^(s − max) − (s − max)), ds = (softmax(s)·Σt − t) /
// n. A class of no weight adds nothing, however far below the others its score is.
template <class T>
void softmax_cross_entropy_targets(const Block& b) {
  using V = Vec<T>;
  const T* s = static_cast<const T*>(b.operands[0]);
  const T* t = static_cast<const T*>(b.operands[1]);
  T* losses = static_cast<T*>(b.operands[2]);
  T* ds = static_cast<T*>(b.operands[3]);
  const T n = static_cast<T>(b.total_rows);
  for (std::size_t r = 0; r < b.rows; ++r, s += b.cols, t += b.cols, ds += b.cols) {
    const T max = max_of_row(s, b.cols);
    const T weight = sum_of_row(t, b.cols);
    // The lanes behind the row's end hold t = 0.
    const T own = sum_row<T>(b.cols, [&](std::size_t i, std::size_t left) {
      const V weights = load_up_to(t + i, left), product = weights * (load_up_to(s + i, left) - V::set1(max));
      return select(weights <= V::zero(), select(V::zero() <= weights, V::zero(), product), product);
    });
    const T sum = exp_row(s, ds, b.cols, max), log_sum = log_of(sum);
    losses[r] = weight * log_sum - own;
    if (left_range(losses[r])) {
      double loss = 0, weights = 0;
      for (std::size_t j = 0; j < b.cols; ++j) {
        weights += t[j];
        if (t[j] != 0) loss -= t[j] * (static_cast<double>(s[j]) - max);
      }
      losses[r] = static_cast<T>(loss + weights * log_sum);
      for (std::size_t j = 0; j < b.cols; ++j) ds[j] = static_cast<T>((ds[j] / sum * weights - t[j]) / n);
      continue;
    }
    const T scale = weight / (sum * n);
    for (std::size_t j = 0; j < b.cols; ++j) ds[j] = ds[j] * scale - t[j] / n;
  }
}

// loss = −log p_y of given probabilities, which are kept away from 0. dp_y = −1 / (n·p_y), all others 0
template <class T>
void cross_entropy(const Block& b) {
  const T n = static_cast<T>(b.total_rows);
  each_labelled_row<T>(b, [&](const T* p, std::size_t label, T& loss, T* dp) {
    constexpr T tiny = std::numeric_limits<T>::min();
    const T likelihood = p[label] < tiny ? tiny : p[label];
    loss = -log_of(likelihood);
    for (std::size_t j = 0; j < b.cols; ++j) dp[j] = 0;
    dp[label] = -1 / (n * likelihood);
  });
}

// loss = Σ_{j≠y} max(0, s_j − s_y + 1), the multiclass hinge of Weston and Watkins (1999). The margins of a row are
// added one after the other: of some rows at a time, so that an addition does not wait for the one before it.
template <class T, std::size_t Rows>
inline void hinge_rows(const Block& b, std::size_t first) {
  constexpr std::size_t width = 256;
  const T* scores = static_cast<const T*>(b.operands[0]) + first * b.cols;
  const auto* labels = static_cast<const std::int32_t*>(b.operands[1]) + first;
  T* gradient = static_cast<T*>(b.operands[3]) + first * b.cols;
  const T each = 1 / static_cast<T>(b.total_rows);
  T margins[Rows][width], own[Rows], sums[Rows] = {};
  std::int32_t violations[Rows] = {};
  for (std::size_t r = 0; r < Rows; ++r) own[r] = scores[r * b.cols + static_cast<std::size_t>(labels[r])];
  for (std::size_t at = 0; at < b.cols; at += width) {
    const std::size_t count = std::min(width, b.cols - at);
    for (std::size_t r = 0; r < Rows; ++r) {
      const T* s = scores + r * b.cols + at;
      T* ds = gradient + r * b.cols + at;
      T* positive = margins[r];
      std::int32_t violating = 0;
      for (std::size_t j = 0; j < count; ++j) {
        const T margin = s[j] - own[r] + 1;
        ds[j] = margin > 0 ? each : T(0);
        violating += margin > 0 ? 1 : 0;
        // So written, a NaN is not swallowed.
        positive[j] = margin <= 0 ? T(0) : margin;
      }
      violations[r] += violating;
      const std::size_t label = static_cast<std::size_t>(labels[r]) - at;
      if (label >= count) continue;
      positive[label] = 0;
      if (ds[label] > 0) --violations[r];
    }
    for (std::size_t j = 0; j < count; ++j)
      for (std::size_t r = 0; r < Rows; ++r) sums[r] += margins[r][j];
  }
  for (std::size_t r = 0; r < Rows; ++r) {
    static_cast<T*>(b.operands[2])[first + r] = sums[r];
    gradient[r * b.cols + static_cast<std::size_t>(labels[r])] = -static_cast<T>(violations[r]) * each;
  }
}

template <class T>
void hinge(const Block& b) {
  constexpr std::size_t together = 4;
  std::size_t row = 0;
  for (; row + together <= b.rows; row += together) hinge_rows<T, together>(b, row);
  for (; row < b.rows; ++row) hinge_rows<T, 1>(b, row);
}

// loss = −Σ t·log p of given probabilities against any weights t of the classes; dp = −t / (n·p)
template <class T>
void cross_entropy_targets(const Block& b) {
  using V = Vec<T>;
  const T* p = static_cast<const T*>(b.operands[0]);
  const T* t = static_cast<const T*>(b.operands[1]);
  T* losses = static_cast<T*>(b.operands[2]);
  T* dp = static_cast<T*>(b.operands[3]);
  const V tiny = V::set1(std::numeric_limits<T>::min()), n = V::set1(static_cast<T>(b.total_rows));
  for (std::size_t r = 0; r < b.rows; ++r, p += b.cols, t += b.cols, dp += b.cols) {
    // The lanes behind the row's end hold t = 0. In this order a NaN stays.
    const T sum = sum_row<T>(b.cols, [&](std::size_t i, std::size_t left) {
      const V likelihood = max(tiny, load_up_to(p + i, left)), weights = load_up_to(t + i, left);
      store_up_to(V::zero() - weights / (n * likelihood), dp + i, left);
      return weights * log<T>(likelihood);
    });
    losses[r] = -sum;
  }
}

// A row of squared_hinge whose squares left the range of T.
template <class T>
inline void squared_hinge_in_double(const Block& b, const T* s, std::size_t label, T& loss, T* ds) {
  const double each = 2 / static_cast<double>(b.total_rows);
  double squares = 0, sum = 0;
  for (std::size_t j = 0; j < b.cols; ++j) {
    const double margin = j == label ? 0 : static_cast<double>(s[j]) - s[label] + 1;
    const double positive = margin <= 0 ? 0 : margin;
    squares += positive * positive;
    sum += positive;
    ds[j] = static_cast<T>(positive * each);
  }
  loss = static_cast<T>(squares);
  ds[label] = static_cast<T>(-sum * each);
}

// loss = Σ_{j≠y} max(0, s_j − s_y + 1)²;  ds_j = 2·max(0, s_j − s_y + 1) / n, ds_y = minus their sum
template <class T>
void squared_hinge(const Block& b) {
  using V = Vec<T>;
  const T each = 2 / static_cast<T>(b.total_rows);
  each_labelled_row<T>(b, [&](const T* s, std::size_t label, T& loss, T* ds) {
    map_row(s, ds, b.cols, [own = V::set1(s[label])](V v) {
      const V margin = v - own + V::set1(1);
      return select(margin <= V::zero(), V::zero(), margin);
    });
    ds[label] = 0;
    loss = dot_of_rows(ds, ds, b.cols);
    if (left_range(loss)) return squared_hinge_in_double(b, s, label, loss, ds);
    const T sum = sum_of_row(ds, b.cols);
    map_row(ds, ds, b.cols, [scale = V::set1(each)](V v) { return v * scale; });
    ds[label] = -sum * each;
  });
}

// loss = −(1 − p)^γ·log p with p = softmax(s)[y] (Lin et al., 2017); ds = (onehot(y) − softmax(s))·g / n with
// g = (1 − p)^γ·(γ·p·log p / (1 − p) − 1). 1 − p is summed from the other classes, so that it has all its digits; what
// there is once a row is computed in double.
template <class T>
void focal(const Block& b) {
  using V = Vec<T>;
  const double gamma = b.scalars[0], n = static_cast<double>(b.total_rows);
  each_labelled_row<T>(b, [&](const T* s, std::size_t label, T& loss, T* ds) {
    const T max = max_of_row(s, b.cols);
    map_row(s, ds, b.cols, [shift = V::set1(max)](V v) { return exp<T>(v - shift); });
    const double own = ds[label];
    ds[label] = 0;
    const double rest = sum_of_row(ds, b.cols), sum = own + rest, p = own / sum, q = rest / sum;
    const double log_p = rest < own ? -log1p_of(rest / own) : static_cast<double>(s[label]) - max - log_of(sum);
    const double modulation = gamma == 0 ? 1 : q == 0 ? 0 : exp_of(gamma * log_of(q));
    const double g = q == 0 ? -modulation : modulation * (gamma * p * log_p / q - 1);
    loss = static_cast<T>(-modulation * log_p);
    map_row(ds, ds, b.cols, [scale = V::set1(static_cast<T>(-g / (sum * n)))](V v) { return v * scale; });
    ds[label] = static_cast<T>(q * g / n);
  });
}

}  // namespace
}  // namespace gemmnet
