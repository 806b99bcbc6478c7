// Group norm of pictures, each b.row_stride positions by b.cols channels, in b.second_cols groups of channels that lie
// side by side.
#pragma once

#include "normalization.h"

namespace gemmnet {
namespace {

// to[s][j] = Σ over the positions of what add(position, j, n, constants, sum) adds to sum[s], N sums of each channel j;
// constants are of its group: of[k][group].
template <class T, std::size_t K, std::size_t N, class Add>
inline void sum_channels(const Block& b, const T* const (&of)[K], T* const (&to)[N], Add add) {
  using V = Vec<T>;
  const std::size_t channels = b.cols / b.second_cols;
  for (std::size_t j = 0; j < b.cols; j += V::width) {
    const std::size_t n = b.cols - j < V::width ? b.cols - j : V::width;
    V constants[K], sum[N];
    for (std::size_t k = 0; k < K; ++k) {
      T each[V::width] = {};
      for (std::size_t i = 0; i < n; ++i) each[i] = of[k][(j + i) / channels];
      constants[k] = V::load(each);
    }
    sum_down(b.row_stride, sum,
             [&](std::size_t position, V(&sums)[N]) { add(position * b.cols + j, n, constants, sums); });
    for (std::size_t s = 0; s < N; ++s) store_up_to(sum[s], to[s] + j, n);
  }
}

// The block of one picture of b, whose operand i begins at operands[i].
inline Block picture_of(const Block& b, void* const* operands) {
  Block picture = b;
  picture.rows = b.row_stride;
  picture.operands = operands;
  return picture;
}

// Operands: x, gamma, beta, y, mean, inverse. y = (x − mean)·(inverse·γ) + β with mean and inverse = 1/√(variance + ε)
// of each group.
template <class T>
void group_norm(const Block& b) {
  using V = Vec<T>;
  const std::size_t groups = b.second_cols, channels = b.cols / groups, size = b.row_stride * b.cols;
  const T *gamma = numbers<T>(b, 1), *beta = numbers<T>(b, 2), epsilon = static_cast<T>(b.scalars[0]);
  const T count = static_cast<T>(channels) * static_cast<T>(b.row_stride);
  for (std::size_t r = 0; r < b.rows; ++r) {
    const T* x = numbers<T>(b, 0) + r * size;
    T *y = static_cast<T*>(b.operands[3]) + r * size, *mean = static_cast<T*>(b.operands[4]) + r * groups,
      *inverse = static_cast<T*>(b.operands[5]) + r * groups;
    // y is not needed yet: the sums of the channels wait in its first row.
    const auto add_channels = [&](std::size_t group) {
      T sum = 0;
      for (std::size_t j = group * channels; j < (group + 1) * channels; ++j) sum += y[j];
      return sum;
    };
    for (std::size_t g = 0; g < groups; ++g) mean[g] = 0;
    sum_channels<T, 1, 1>(b, {mean}, {y}, [=](std::size_t at, std::size_t n, const V*, V* sum) {
      sum[0] = sum[0] + load_up_to(x + at, n);
    });
    for (std::size_t g = 0; g < groups; ++g) mean[g] = add_channels(g) / count;
    sum_channels<T, 1, 1>(b, {mean}, {y}, [=](std::size_t at, std::size_t n, const V* c, V* sum) {
      const V off = load_up_to(x + at, n) - c[0];
      sum[0] = fma(off, off, sum[0]);
    });
    for (std::size_t g = 0; g < groups; ++g) inverse[g] = inverse_root_of(add_channels(g) / count + epsilon);

    void* const operands[] = {const_cast<T*>(x), y};
    map_columns<T, 2, 3, false>(
        picture_of(b, operands), {0, 1},
        [=](std::size_t j, T* c) {
          const std::size_t g = j / channels;
          c[0] = mean[g], c[1] = inverse[g] * gamma[j], c[2] = beta[j];
        },
        [](V* v, const V* c) { v[1] = fma(v[0] - c[0], c[1], c[2]); });
  }
}

// Operands: dy, x, mean, inverse, gamma, dx, dgammas, dbetas. With g = dy·γ and sums over the m numbers of a group:
// dγ = Σ dy·x̂ and dβ = Σ dy of each channel of the picture;  dx = β·dx + inverse·(g − Σ g/m − x̂·Σ g·x̂/m)
template <class T>
void group_norm_backward(const Block& b) {
  using V = Vec<T>;
  const std::size_t groups = b.second_cols, channels = b.cols / groups, size = b.row_stride * b.cols;
  const T* gamma = numbers<T>(b, 4);
  const T count = static_cast<T>(channels) * static_cast<T>(b.row_stride);
  for (std::size_t r = 0; r < b.rows; ++r) {
    const T *dy = numbers<T>(b, 0) + r * size, *x = numbers<T>(b, 1) + r * size, *mean = numbers<T>(b, 2) + r * groups,
            *inverse = numbers<T>(b, 3) + r * groups;
    T *dx = static_cast<T*>(b.operands[5]) + r * size, *dgamma = static_cast<T*>(b.operands[6]) + r * b.cols,
      *dbeta = static_cast<T*>(b.operands[7]) + r * b.cols;
    sum_channels<T, 2, 2>(b, {mean, inverse}, {dgamma, dbeta}, [=](std::size_t at, std::size_t n, const V* c, V* sum) {
      const V slope = load_up_to(dy + at, n);
      sum[0] = fma(slope, (load_up_to(x + at, n) - c[0]) * c[1], sum[0]);
      sum[1] = sum[1] + slope;
    });

    void* const operands[] = {const_cast<T*>(dy), const_cast<T*>(x), dx};
    // The channels of a group follow one another: its sums are made for the first.
    std::size_t group = groups;
    T shift = 0, turn = 0;
    map_columns_onto<T, 3, 4>(
        picture_of(b, operands), {0, 1, 2}, b.scalars[0],
        [&](std::size_t j, T* c) {
          if (j / channels != group) {
            group = j / channels, shift = 0, turn = 0;
            for (std::size_t i = group * channels; i < (group + 1) * channels; ++i)
              shift += gamma[i] * dbeta[i], turn += gamma[i] * dgamma[i];
            shift = inverse[group] * (shift / count), turn = inverse[group] * (inverse[group] * (turn / count));
          }
          c[0] = mean[group], c[1] = gamma[j] * inverse[group], c[2] = shift, c[3] = turn;
        },
        [](const V* v, const V* c) { return (v[0] * c[1] - c[2]) - (v[1] - c[0]) * c[3]; });
  }
}

}  // namespace
}  // namespace gemmnet
