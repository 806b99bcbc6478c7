// Pooling of pictures whose channels come last: the largest, or the mean, of each window, by vectors along the
// channels. A block is a range of pictures of b.cols channels.
#pragma once

#include "table.h"

namespace gemmnet {
namespace {

// The attributes of the ops, and what follows from them.
struct PoolShape {
  std::size_t height, width, pool_height, pool_width, stride_y, stride_x, padding_y, padding_x;
  std::size_t out_height, out_width;

  explicit PoolShape(const std::int32_t* a)
      : height(at(a, 0)),
        width(at(a, 1)),
        pool_height(at(a, 2)),
        pool_width(at(a, 3)),
        stride_y(at(a, 4)),
        stride_x(at(a, 5)),
        padding_y(at(a, 6)),
        padding_x(at(a, 7)),
        out_height((height + 2 * padding_y - pool_height) / stride_y + 1),
        out_width((width + 2 * padding_x - pool_width) / stride_x + 1) {}

 private:
  static std::size_t at(const std::int32_t* a, std::size_t i) { return static_cast<std::size_t>(a[i]); }
};

// The part of a window that lies inside the picture.
struct PoolRange {
  std::size_t first, last;

  PoolRange(std::size_t at, std::size_t stride, std::size_t size, std::size_t padding, std::size_t total) {
    const std::size_t begin = at * stride, end = begin + size;
    first = begin < padding ? 0 : begin - padding;
    last = end - padding < total ? end - padding : total;
  }
};

// Calls f(picture, rows, columns, window) for each window, whose number counts through all pictures.
template <class F>
inline void each_window(const PoolShape& s, std::size_t pictures, F f) {
  std::size_t window = 0;
  for (std::size_t i = 0; i < pictures; ++i)
    for (std::size_t oy = 0; oy < s.out_height; ++oy) {
      const PoolRange rows(oy, s.stride_y, s.pool_height, s.padding_y, s.height);
      for (std::size_t ox = 0; ox < s.out_width; ++ox, ++window)
        f(i, rows, PoolRange(ox, s.stride_x, s.pool_width, s.padding_x, s.width), window);
    }
}

// Calls f(offset, n) for each register of a row of n channels.
template <class T, class F>
inline void each_register(std::size_t channels, F f) {
  for (std::size_t j = 0; j < channels; j += Vec<T>::width)
    f(j, channels - j < Vec<T>::width ? channels - j : Vec<T>::width);
}

// Where `best` stays beside a later v: the first of equals, and the first NaN, is the largest.
template <class T>
inline Vec<T> later(Vec<T> best, Vec<T> v, Vec<T> kept, Vec<T> changed) {
  return select(v <= best, kept, select(best <= best, changed, kept));
}

template <class T>
void max_pool(const Block& b) {
  using V = Vec<T>;
  const PoolShape s(b.attributes);
  const T* x = static_cast<const T*>(b.operands[0]);
  T* y = static_cast<T*>(b.operands[1]);
  each_window(s, b.rows, [&](std::size_t picture, PoolRange rows, PoolRange columns, std::size_t window) {
    each_register<T>(b.cols, [&](std::size_t channel, std::size_t n) {
      const T* const from = x + picture * s.height * s.width * b.cols + channel;
      V best = load_up_to(from + (rows.first * s.width + columns.first) * b.cols, n);
      for (std::size_t r = rows.first; r < rows.last; ++r)
        for (std::size_t c = columns.first; c < columns.last; ++c) {
          const V v = load_up_to(from + (r * s.width + c) * b.cols, n);
          best = later<T>(best, v, best, v);
        }
      store_up_to(best, y + window * b.cols + channel, n);
    });
  });
}

// Whether each pixel is in one window, no more and no less.
inline bool is_tiled(const PoolShape& s) {
  return s.stride_y == s.pool_height && s.stride_x == s.pool_width && s.height % s.pool_height == 0 &&
         s.width % s.pool_width == 0 && s.padding_y == 0 && s.padding_x == 0;
}

// dx = beta·dx, to which each window then adds; or nothing, where each window may as well store.
template <class T>
inline bool stores_alone(const PoolShape& s, const Block& b, T* dx) {
  const T beta = static_cast<T>(b.scalars[0]);
  if (beta == 0 && is_tiled(s)) return true;
  const std::size_t size = b.rows * s.height * s.width * b.cols;
  if (beta == 0)
    for (std::size_t i = 0; i < size; ++i) dx[i] = 0;
  else if (beta != 1)
    for (std::size_t i = 0; i < size; ++i) dx[i] *= beta;
  return false;
}

// The gradient of a window goes to its first largest element.
template <class T>
void max_pool_backward(const Block& b) {
  using V = Vec<T>;
  const PoolShape s(b.attributes);
  const T* dy = static_cast<const T*>(b.operands[0]);
  const T* x = static_cast<const T*>(b.operands[1]);
  T* dx = static_cast<T*>(b.operands[2]);
  const bool alone = stores_alone(s, b, dx);
  each_window(s, b.rows, [&](std::size_t picture, PoolRange rows, PoolRange columns, std::size_t window) {
    each_register<T>(b.cols, [&](std::size_t channel, std::size_t n) {
      const std::size_t base = picture * s.height * s.width * b.cols + channel;
      V best = load_up_to(x + base + (rows.first * s.width + columns.first) * b.cols, n);
      V place = V::zero();
      T number = 0;
      for (std::size_t r = rows.first; r < rows.last; ++r)
        for (std::size_t c = columns.first; c < columns.last; ++c, ++number) {
          const V v = load_up_to(x + base + (r * s.width + c) * b.cols, n);
          place = later<T>(best, v, place, V::set1(number));
          best = later<T>(best, v, best, v);
        }
      const V d = load_up_to(dy + window * b.cols + channel, n);
      number = 0;
      for (std::size_t r = rows.first; r < rows.last; ++r)
        for (std::size_t c = columns.first; c < columns.last; ++c, ++number) {
          T* const to = dx + base + (r * s.width + c) * b.cols;
          const V here = V::set1(number);
          const V share = select(place <= here, select(here <= place, d, V::zero()), V::zero());
          store_up_to(alone ? share : load_up_to(to, n) + share, to, n);
        }
    });
  });
}

// Zeros around a picture count.
template <class T>
void avg_pool(const Block& b) {
  using V = Vec<T>;
  const PoolShape s(b.attributes);
  const T* x = static_cast<const T*>(b.operands[0]);
  T* y = static_cast<T*>(b.operands[1]);
  const V count = V::set1(static_cast<T>(s.pool_height * s.pool_width));
  each_window(s, b.rows, [&](std::size_t picture, PoolRange rows, PoolRange columns, std::size_t window) {
    each_register<T>(b.cols, [&](std::size_t channel, std::size_t n) {
      const T* const from = x + picture * s.height * s.width * b.cols + channel;
      V sum = V::zero();
      for (std::size_t r = rows.first; r < rows.last; ++r)
        for (std::size_t c = columns.first; c < columns.last; ++c)
          sum = sum + load_up_to(from + (r * s.width + c) * b.cols, n);
      store_up_to(sum / count, y + window * b.cols + channel, n);
    });
  });
}

template <class T>
void avg_pool_backward(const Block& b) {
  using V = Vec<T>;
  const PoolShape s(b.attributes);
  const T* dy = static_cast<const T*>(b.operands[0]);
  T* dx = static_cast<T*>(b.operands[1]);
  const bool alone = stores_alone(s, b, dx);
  const V count = V::set1(static_cast<T>(s.pool_height * s.pool_width));
  each_window(s, b.rows, [&](std::size_t picture, PoolRange rows, PoolRange columns, std::size_t window) {
    each_register<T>(b.cols, [&](std::size_t channel, std::size_t n) {
      T* const to = dx + picture * s.height * s.width * b.cols + channel;
      const V share = load_up_to(dy + window * b.cols + channel, n) / count;
      for (std::size_t r = rows.first; r < rows.last; ++r)
        for (std::size_t c = columns.first; c < columns.last; ++c) {
          T* const at = to + (r * s.width + c) * b.cols;
          store_up_to(alone ? share : load_up_to(at, n) + share, at, n);
        }
    });
  });
}

}  // namespace
}  // namespace gemmnet
