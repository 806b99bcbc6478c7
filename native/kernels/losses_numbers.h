// Losses of numbers: for each row its loss and the gradient of the mean loss of the whole batch. Each is factor·Σ ρ
// over the columns; a factor of 1 / columns makes the mean over all elements of it.
#pragma once

#include <algorithm>
#include <limits>

#include "losses_rows.h"

namespace gemmnet {
namespace {

// A row of mse whose squares left the range of T.
template <class T>
void mse_in_double(const Block& b, std::size_t row) {
  const T* s = static_cast<const T*>(b.operands[0]) + row * b.cols;
  const T* t = static_cast<const T*>(b.operands[1]) + row * b.cols;
  T* ds = static_cast<T*>(b.operands[3]) + row * b.cols;
  const double factor = b.scalars[0];
  double squares = 0;
  for (std::size_t j = 0; j < b.cols; ++j) {
    const double difference = static_cast<double>(s[j]) - t[j];
    squares += difference * difference;
    ds[j] = static_cast<T>(difference / static_cast<double>(b.total_rows) * factor);
  }
  static_cast<T*>(b.operands[2])[row] = static_cast<T>(squares / 2 * factor);
}

// loss = factor·½·Σ (s − t)²;  ds = factor·(s − t) / n. A factor of 1 changes no bit.
template <class T>
void mse(const Block& b) {
  using V = Vec<T>;
  const T* s = static_cast<const T*>(b.operands[0]);
  const T* t = static_cast<const T*>(b.operands[1]);
  T* losses = static_cast<T*>(b.operands[2]);
  T* ds = static_cast<T*>(b.operands[3]);
  const T factor = static_cast<T>(b.scalars[0]);
  const V n = V::set1(static_cast<T>(b.total_rows)), times = V::set1(factor);
  constexpr std::size_t wide = 8 * kLanes<T>;
  if (b.cols >= wide) {
    for (std::size_t r = 0; r < b.rows; ++r, s += b.cols, t += b.cols, ds += b.cols) {
      const T squares = sum_row<T>(b.cols, [&](std::size_t i, std::size_t left) {
        const V difference = load_up_to(s + i, left) - load_up_to(t + i, left);
        store_up_to(difference / n * times, ds + i, left);
        return difference * difference;
      });
      losses[r] = squares / 2 * factor;
      if (left_range(losses[r])) mse_in_double<T>(b, r);
    }
    return;
  }
  // Rows of few columns go together: what is done with single elements does not end with each row.
  const std::size_t together = 2048 / b.cols;
  for (std::size_t first = 0; first < b.rows; first += together) {
    const std::size_t rows = std::min(together, b.rows - first), size = rows * b.cols, at = first * b.cols;
    for (std::size_t j = at; j < at + size; ++j) ds[j] = s[j] - t[j];
    for (std::size_t r = first; r < first + rows; ++r)
      losses[r] = dot_of_rows(ds + r * b.cols, ds + r * b.cols, b.cols) / 2 * factor;
    map_row(ds + at, ds + at, size, [n, times](V v) { return v / n * times; });
    for (std::size_t r = first; r < first + rows; ++r)
      if (left_range(losses[r])) mse_in_double<T>(b, r);
  }
}

// The first n lanes, and 0 in the others.
template <class T>
inline Vec<T> first_lanes(Vec<T> v, std::size_t n) {
  if (n >= Vec<T>::width) return v;
  T lanes[Vec<T>::width];
  v.store(lanes);
  return Vec<T>::load_first(lanes, n);
}

// From `from` on, as many elements as a register of U takes and there are; element i stands for `each` of them.
template <class U, class T>
inline Vec<U> lanes_of(const T* from, std::size_t at, std::size_t left, std::size_t each = 1) {
  U lanes[Vec<U>::width] = {};
  for (std::size_t l = 0; l < Vec<U>::width && l < left; ++l) lanes[l] = static_cast<U>(from[(at + l) / each]);
  return Vec<U>::load(lanes);
}

// The losses of rows: rho(s, t, p, value, slope) gives ρ and its derivative by s, of elements whose parameter is p, in
// float or double. `each`: scores for one target, side by side. A row whose loss left the range of T is computed again
// in double.
template <class T, class Rho>
inline void number_rows(const Block& b, const T* parameters, std::size_t each, double factor, const Rho& rho) {
  using V = Vec<T>;
  const T* s = static_cast<const T*>(b.operands[0]);
  const T* t = static_cast<const T*>(b.operands[1]);
  T* losses = static_cast<T*>(b.operands[parameters == nullptr ? 2 : 3]);
  T* ds = static_cast<T*>(b.operands[parameters == nullptr ? 3 : 4]);
  const double share = factor / static_cast<double>(b.total_rows);
  const V times = V::set1(static_cast<T>(share));
  for (std::size_t r = 0; r < b.rows; ++r, s += b.cols, t += b.second_cols, ds += b.cols) {
    const T sum = sum_row<T>(b.cols, [&](std::size_t i, std::size_t left) {
      const V targets = each == 1 ? load_up_to(t + i, left) : lanes_of<T>(t, i, left, each);
      const V own = parameters == nullptr ? V::zero() : load_up_to(parameters + i, left);
      V value, slope;
      rho(load_up_to(s + i, left), targets, own, value, slope);
      store_up_to(slope * times, ds + i, left);
      return first_lanes(value, left);
    });
    losses[r] = sum * static_cast<T>(factor);
    if (!left_range(losses[r])) continue;
    using D = Vec<double>;
    const double exact = sum_row<double>(b.cols, [&](std::size_t i, std::size_t left) {
      const D own = parameters == nullptr ? D::zero() : lanes_of<double>(parameters, i, left);
      D value, slope;
      rho(lanes_of<double>(s, i, left), lanes_of<double>(t, i, left, each), own, value, slope);
      double lanes[D::width];
      (slope * D::set1(share)).store(lanes);
      for (std::size_t l = 0; l < D::width && l < left; ++l) ds[i + l] = static_cast<T>(lanes[l]);
      return first_lanes(value, left);
    });
    losses[r] = static_cast<T>(exact * factor);
  }
}

// Gives `yes` for x > 0, `no` for x < 0, and else x: 0 or NaN.
template <class V>
inline V by_sign(V x, V yes, V no) {
  return select(V::zero() < x, yes, select(x < V::zero(), no, x));
}

// ρ = |s − t|, which at 0 gets the slope 0
template <class T>
void absolute_error(const Block& b) {
  number_rows<T>(b, nullptr, 1, b.scalars[0], [](auto s, auto t, auto, auto& value, auto& slope) {
    using V = decltype(s);
    const V d = s - t;
    value = abs<typename V::Lane>(d);
    slope = by_sign(d, V::set1(1), V::set1(-1));
  });
}

// ρ = ½·d² where |d| ≤ δ, else δ·(|d| − ½·δ), d = s − t (Huber, 1964)
template <class T>
void huber(const Block& b) {
  number_rows<T>(b, nullptr, 1, b.scalars[1], [given = b.scalars[0]](auto s, auto t, auto, auto& value, auto& slope) {
    using V = decltype(s);
    using U = typename V::Lane;
    const V d = s - t, size = abs<U>(d), delta = V::set1(static_cast<U>(given));
    const V half = V::set1(U(0.5)), cut = min(delta, size);
    // cut·(|d| − ½·cut) is both: δ·(|d| − ½·δ), and ½·d² where cut = |d|.
    value = cut * (size - half * cut);
    slope = by_sign(d, cut, V::zero() - cut);
  });
}

// ρ = log cosh d, d = s − t: |d| + log(1 + e^(−2|d|)) − log 2, and for small d, where that cancels, log(1 + a² / (2·(1
// + a))) with a = e^(−|d|) − 1, since cosh d − 1 = 2·sinh²(d/2); its slope is tanh d
template <class T>
void log_cosh(const Block& b) {
  number_rows<T>(b, nullptr, 1, b.scalars[0], [](auto s, auto t, auto, auto& value, auto& slope) {
    using V = decltype(s);
    using U = typename V::Lane;
    const V d = s - t, size = abs<U>(d), one = V::set1(1);
    const V a = expm1_negative<U>(V::zero() - size);
    const V small = log1p<U>(a * a / (V::set1(2) * (one + a)));
    const V large = size + (log1p<U>(exp<U>(V::set1(-2) * size)) - V::set1(U(0.69314718055994530942)));
    value = select(size <= one, small, large);
    slope = tanh<U>(d);
  });
}

// ρ = t·(log t − s), of log-probabilities s, and −t·s + 0 where t = 0 (Kullback and Leibler, 1951); its slope is −t
template <class T>
void kl_divergence(const Block& b) {
  number_rows<T>(b, nullptr, 1, b.scalars[0], [](auto s, auto t, auto, auto& value, auto& slope) {
    using V = decltype(s);
    using U = typename V::Lane;
    const V zero = V::zero(), none = V::set1(std::numeric_limits<U>::quiet_NaN());
    const V entropy = select(t <= zero, select(zero <= t, zero, none), t * log<U>(t));
    value = entropy - t * s;
    slope = zero - t;
  });
}

// ρ = e^s − t·s: the negative logarithm of a Poisson likelihood of the mean e^s, but for what t alone decides
template <class T>
void poisson_nll(const Block& b) {
  number_rows<T>(b, nullptr, 1, b.scalars[0], [](auto s, auto t, auto, auto& value, auto& slope) {
    using V = decltype(s);
    const V mean = exp<typename V::Lane>(s);
    value = mean - t * s;
    slope = mean - t;
  });
}

// ρ = −p·t·log σ(s) − (1 − t)·log(1 − σ(s)), p the weight of the positive answers of a column. −log σ(s) = max(−s, 0) +
// log(1 + e^(−|s|)); its slope is (1 − t)·σ(s) − p·t·σ(−s)
template <class T>
void bce_with_logits(const Block& b) {
  const T* positive = static_cast<const T*>(b.operands[2]);
  number_rows<T>(b, positive, 1, b.scalars[0], [](auto s, auto t, auto p, auto& value, auto& slope) {
    using V = decltype(s);
    using U = typename V::Lane;
    const V zero = V::zero(), one = V::set1(1);
    const V z = exp<U>(zero - abs<U>(s)), both = log1p<U>(z);
    const V near = one / (one + z), far = z * near, negative = one - t, weighted = p * t;
    value = weighted * (max(zero, zero - s) + both) + negative * (max(zero, s) + both);
    slope = negative * select(s < zero, far, near) - weighted * select(s < zero, near, far);
  });
}

// ρ = max(τ·d, (τ − 1)·d), d = t − s, τ the level of a column (Koenker and Bassett, 1978); at 0 its slope is 0
template <class T>
void quantile(const Block& b) {
  const T* levels = static_cast<const T*>(b.operands[2]);
  number_rows<T>(b, levels, b.cols / b.second_cols, b.scalars[0],
                 [](auto s, auto t, auto level, auto& value, auto& slope) {
                   using V = decltype(s);
                   const V d = t - s, below = level - V::set1(1);
                   value = max(level * d, below * d);
                   slope = by_sign(d, V::zero() - level, V::zero() - below);
                 });
}

}  // namespace
}  // namespace gemmnet
