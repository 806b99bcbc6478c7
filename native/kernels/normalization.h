// Normalization: of each column over the rows of a batch, of each row by itself.
#pragma once

#include "columns.h"

namespace gemmnet {
namespace {

// 1/√x, with the rounding of a square root and of a division.
template <class V>
inline V inverse_root(V x) {
  return V::set1(1) / sqrt(x);
}

template <class T>
inline T inverse_root_of(T x) {
  T all[Vec<T>::width];
  inverse_root(Vec<T>::set1(x)).store(all);
  return all[0];
}

// Of a register, the first n elements, and zeros.
template <class T>
inline Vec<T> first_of(Vec<T> v, std::size_t n) {
  if (n >= Vec<T>::width) return v;
  T all[Vec<T>::width];
  v.store(all);
  return Vec<T>::load_first(all, n);
}

namespace op {

// Σ x / n
struct column_mean : Sum<1, 0, 1> {
  template <class V>
  static void add(V* sum, const V* x, const V*) {
    sum[0] = sum[0] + x[0];
  }
  template <class T, class Results>
  static void finish(const T* sum, T n, const double*, Results result) {
    result(0) = sum[0] / n;
  }
};

// Σ (x − mean)² / n, and / (n − 1)
struct column_variance : Sum<1, 1, 1> {
  template <class V>
  static void add(V* sum, const V* x, const V* k) {
    const V off = x[0] - k[0];
    sum[0] = fma(off, off, sum[0]);
  }
  template <class T, class Results>
  static void finish(const T* sum, T n, const double*, Results result) {
    result(0) = sum[0] / n;
    result(1) = sum[0] / (n - 1);
  }
};

// dγ = Σ dy·x̂, dβ = Σ dy with x̂ = (x − mean)·inverse
template <bool OfRows>
struct normalized_sums : Sum<2, 2, 2, OfRows> {
  template <class V>
  static void add(V* sum, const V* x, const V* k) {
    sum[0] = fma(x[0], (x[1] - k[0]) * k[1], sum[0]);
    sum[1] = sum[1] + x[0];
  }
  template <class T, class Results>
  static void finish(const T* sum, T, const double*, Results result) {
    result(0) = sum[0];
    result(1) = sum[1];
  }
};

struct batch_norm_sums : normalized_sums<false> {};
struct layer_norm_sums : normalized_sums<true> {};

// dγ = Σ dy·x·inverse
struct rms_norm_sums : Sum<2, 1, 1, true> {
  template <class V>
  static void add(V* sum, const V* x, const V* k) {
    sum[0] = fma(x[0], x[1] * k[0], sum[0]);
  }
  template <class T, class Results>
  static void finish(const T* sum, T, const double*, Results result) {
    result(0) = sum[0];
  }
};

// 1/√(variance + ε)
struct inverse_deviation : Access<0b01, 0b10, 1> {
  template <class V>
  static void run(V* v, const V* c) {
    v[1] = inverse_root(v[0] + c[0]);
  }
};

// y = (1 − w)·y + w·x
struct lerp : Access<0b11, 0b10, 2> {
  static void prepare(const double* s, double* c) { c[0] = s[0], c[1] = 1 - s[0]; }
  template <class V>
  static void run(V* v, const V* c) {
    v[1] = fma(c[0], v[0], c[1] * v[1]);
  }
};

}  // namespace op

// What is done with columns at a time: their constants lie in the first-level cache.
constexpr std::size_t kMappedCols = 512;

// y = run(registers, constants) element by element, where each column has `Constants` constants, made by prepare(j, c).
// Operands from `Matrices` matrices, of which the last is written, and read if `ReadsLast`; `at` are their places.
template <class T, std::size_t Matrices, std::size_t Constants, bool ReadsLast, class Prepare, class Run>
inline void map_columns(const Block& b, const std::size_t (&at)[Matrices], Prepare prepare, Run run) {
  using V = Vec<T>;
  constexpr std::size_t reads = ReadsLast ? Matrices : Matrices - 1;
  alignas(64) T constants[Constants][kMappedCols];
  T* p[Matrices];
  for (std::size_t m = 0; m < Matrices; ++m) p[m] = static_cast<T*>(b.operands[at[m]]);
  // n elements, from `first` of the block on.
  const auto run_along = [&](std::size_t first, std::size_t n) {
    V v[Matrices], c[Constants];
    std::size_t j = 0;
    for (; j + V::width <= n; j += V::width) {
      for (std::size_t m = 0; m < reads; ++m) v[m] = V::load(p[m] + first + j);
      for (std::size_t k = 0; k < Constants; ++k) c[k] = V::load(constants[k] + j);
      run(v, c);
      v[Matrices - 1].store(p[Matrices - 1] + first + j);
    }
    if (j == n) return;
    for (std::size_t m = 0; m < reads; ++m) v[m] = V::load_first(p[m] + first + j, n - j);
    for (std::size_t k = 0; k < Constants; ++k) c[k] = V::load_first(constants[k] + j, n - j);
    run(v, c);
    v[Matrices - 1].store_first(p[Matrices - 1] + first + j, n - j);
  };
  const auto prepare_columns = [&](std::size_t first, std::size_t cols) {
    for (std::size_t j = 0; j < cols; ++j) {
      T c[Constants];
      prepare(first + j, c);
      for (std::size_t k = 0; k < Constants; ++k) constants[k][j] = c[k];
    }
  };

  const std::size_t repeats = kMappedCols / b.cols;
  if (repeats >= V::width) {
    // Rows that are shorter than some registers: many of them are gone through as one.
    prepare_columns(0, b.cols);
    const std::size_t period = repeats / V::width * V::width * b.cols, elements = b.rows * b.cols;
    for (std::size_t j = b.cols; j < (period < elements ? period : elements); ++j)
      for (std::size_t k = 0; k < Constants; ++k) constants[k][j] = constants[k][j - b.cols];
    for (std::size_t i = 0; i < elements; i += period) run_along(i, elements - i < period ? elements - i : period);
    return;
  }
  for (std::size_t first = 0; first < b.cols; first += kMappedCols) {
    const std::size_t cols = b.cols - first < kMappedCols ? b.cols - first : kMappedCols;
    prepare_columns(first, cols);
    for (std::size_t r = 0; r < b.rows; ++r) run_along(r * b.cols + first, cols);
  }
}

// The same for gradients dx = beta·dx + …, of which dx is not read with beta = 0; the last constant is beta.
template <class T, std::size_t Matrices, std::size_t Constants, class Prepare, class Run>
inline void map_columns_onto(const Block& b, const std::size_t (&at)[Matrices], double beta, Prepare prepare, Run run) {
  if (beta == 0) {
    map_columns<T, Matrices, Constants, false>(b, at, prepare,
                                               [&](Vec<T>* v, const Vec<T>* c) { v[Matrices - 1] = run(v, c); });
  } else {
    map_columns<T, Matrices, Constants, true>(
        b, at, prepare, [&, factor = Vec<T>::set1(static_cast<T>(beta))](Vec<T>* v, const Vec<T>* c) {
          v[Matrices - 1] = fma(factor, v[Matrices - 1], run(v, c));
        });
  }
}

template <class T>
inline const T* numbers(const Block& b, std::size_t operand) {
  return static_cast<const T*>(b.operands[operand]);
}

// Operands: x, mean, inverse, gamma, beta, y. y = (x − mean)·(inverse·γ) + β
template <class T>
void batch_norm(const Block& b) {
  using V = Vec<T>;
  const T *mean = numbers<T>(b, 1), *inverse = numbers<T>(b, 2), *gamma = numbers<T>(b, 3), *beta = numbers<T>(b, 4);
  map_columns<T, 2, 3, false>(
      b, {0, 5}, [=](std::size_t j, T* c) { c[0] = mean[j], c[1] = inverse[j] * gamma[j], c[2] = beta[j]; },
      [](V* v, const V* c) { v[1] = fma(v[0] - c[0], c[1], c[2]); });
}

// Operands: dy, x, mean, inverse, gamma, dgamma, dbeta, dx. The statistics move with x:
// dx = β·dx + γ·inverse·(dy − (dβ + x̂·dγ)/n)
template <class T>
void batch_norm_backward(const Block& b) {
  using V = Vec<T>;
  const T *mean = numbers<T>(b, 2), *inverse = numbers<T>(b, 3), *gamma = numbers<T>(b, 4), *dgamma = numbers<T>(b, 5),
          *dbeta = numbers<T>(b, 6), n = static_cast<T>(b.total_rows);
  map_columns_onto<T, 3, 4>(
      b, {0, 1, 7}, b.scalars[0],
      [=](std::size_t j, T* c) {
        c[0] = mean[j], c[1] = gamma[j] * inverse[j], c[2] = dbeta[j] / n, c[3] = inverse[j] * (dgamma[j] / n);
      },
      [](const V* v, const V* c) { return c[1] * ((v[0] - c[2]) - (v[1] - c[0]) * c[3]); });
}

// Operands: dy, inverse, gamma, dx. The statistics are fixed: dx = β·dx + dy·γ·inverse
template <class T>
void batch_norm_fixed_backward(const Block& b) {
  using V = Vec<T>;
  const T *inverse = numbers<T>(b, 1), *gamma = numbers<T>(b, 2);
  map_columns_onto<T, 2, 1>(
      b, {0, 3}, b.scalars[0], [=](std::size_t j, T* c) { c[0] = gamma[j] * inverse[j]; },
      [](const V* v, const V* c) { return v[0] * c[0]; });
}

// Operands: x, gamma, beta, y, mean, inverse. y = (x − mean)·inverse·γ + β, with the row's mean and
// inverse = 1/√(variance + ε)
template <class T>
void layer_norm(const Block& b) {
  using V = Vec<T>;
  const T *x = numbers<T>(b, 0), *gamma = numbers<T>(b, 1), *beta = numbers<T>(b, 2);
  T *y = static_cast<T*>(b.operands[3]), *means = static_cast<T*>(b.operands[4]),
    *inverses = static_cast<T*>(b.operands[5]);
  const T d = static_cast<T>(b.cols), epsilon = static_cast<T>(b.scalars[0]);
  for (std::size_t r = 0; r < b.rows; ++r, x += b.cols, y += b.cols) {
    const T mean = means[r] = sum_of_row(x, b.cols) / d;
    const V m = V::set1(mean);
    const T squares = sum_row<T>(b.cols, [=](std::size_t i, std::size_t left) {
      // Beyond the end of the row nothing is off the mean.
      const V off = load_up_to(x + i, left) - first_of<T>(m, left);
      return off * off;
    });
    const T inverse = inverses[r] = inverse_root_of(squares / d + epsilon);
    const V s = V::set1(inverse);
    for (std::size_t i = 0; i < b.cols; i += V::width) {
      const std::size_t left = b.cols - i;
      store_up_to(fma((load_up_to(x + i, left) - m) * s, load_up_to(gamma + i, left), load_up_to(beta + i, left)),
                  y + i, left);
    }
  }
}

// dx = β·dx + f(g, x, i) along a row.
template <class T, class F>
inline void add_to_row(T* dx, std::size_t n, double beta, F f) {
  using V = Vec<T>;
  const V factor = V::set1(static_cast<T>(beta));
  for (std::size_t i = 0; i < n; i += V::width) {
    const V value = f(i, n - i);
    store_up_to(beta == 0 ? value : fma(factor, load_up_to(dx + i, n - i), value), dx + i, n - i);
  }
}

// Operands: dy, x, mean, inverse, gamma, dx. With g = dy·γ:
// dx = β·dx + inverse·(g − Σ g/d − x̂·Σ g·x̂/d)
template <class T>
void layer_norm_backward(const Block& b) {
  using V = Vec<T>;
  const T *dy = numbers<T>(b, 0), *x = numbers<T>(b, 1), *means = numbers<T>(b, 2), *inverses = numbers<T>(b, 3),
          *gamma = numbers<T>(b, 4);
  T* dx = static_cast<T*>(b.operands[5]);
  const T d = static_cast<T>(b.cols);
  for (std::size_t r = 0; r < b.rows; ++r, dy += b.cols, x += b.cols, dx += b.cols) {
    const V mean = V::set1(means[r]), inverse = V::set1(inverses[r]);
    const auto slope = [=](std::size_t i, std::size_t left) {
      return load_up_to(dy + i, left) * load_up_to(gamma + i, left);
    };
    const auto normalized = [=](std::size_t i, std::size_t left) { return (load_up_to(x + i, left) - mean) * inverse; };
    const V shift = V::set1(sum_row<T>(b.cols, slope) / d);
    const V turn = V::set1(
        sum_row<T>(b.cols, [=](std::size_t i, std::size_t left) { return slope(i, left) * normalized(i, left); }) / d);
    add_to_row(dx, b.cols, b.scalars[0], [=](std::size_t i, std::size_t left) {
      return inverse * ((slope(i, left) - shift) - normalized(i, left) * turn);
    });
  }
}

// Operands: x, gamma, y, inverse. y = x·inverse·γ with inverse = 1/√(Σ x²/d + ε)
template <class T>
void rms_norm(const Block& b) {
  using V = Vec<T>;
  const T *x = numbers<T>(b, 0), *gamma = numbers<T>(b, 1);
  T *y = static_cast<T*>(b.operands[2]), *inverses = static_cast<T*>(b.operands[3]);
  const T d = static_cast<T>(b.cols), epsilon = static_cast<T>(b.scalars[0]);
  for (std::size_t r = 0; r < b.rows; ++r, x += b.cols, y += b.cols) {
    const V s = V::set1(inverses[r] = inverse_root_of(dot_of_rows(x, x, b.cols) / d + epsilon));
    for (std::size_t i = 0; i < b.cols; i += V::width) {
      const std::size_t left = b.cols - i;
      store_up_to((load_up_to(x + i, left) * s) * load_up_to(gamma + i, left), y + i, left);
    }
  }
}

// Operands: dy, x, inverse, gamma, dx. With g = dy·γ and x̂ = x·inverse:
// dx = β·dx + inverse·(g − x̂·Σ g·x̂/d)
template <class T>
void rms_norm_backward(const Block& b) {
  using V = Vec<T>;
  const T *dy = numbers<T>(b, 0), *x = numbers<T>(b, 1), *inverses = numbers<T>(b, 2), *gamma = numbers<T>(b, 3);
  T* dx = static_cast<T*>(b.operands[4]);
  const T d = static_cast<T>(b.cols);
  for (std::size_t r = 0; r < b.rows; ++r, dy += b.cols, x += b.cols, dx += b.cols) {
    const V inverse = V::set1(inverses[r]);
    const auto slope = [=](std::size_t i, std::size_t left) {
      return load_up_to(dy + i, left) * load_up_to(gamma + i, left);
    };
    const auto normalized = [=](std::size_t i, std::size_t left) { return load_up_to(x + i, left) * inverse; };
    const V turn = V::set1(
        sum_row<T>(b.cols, [=](std::size_t i, std::size_t left) { return slope(i, left) * normalized(i, left); }) / d);
    add_to_row(dx, b.cols, b.scalars[0], [=](std::size_t i, std::size_t left) {
      return inverse * (slope(i, left) - normalized(i, left) * turn);
    });
  }
}

}  // namespace
}  // namespace gemmnet
