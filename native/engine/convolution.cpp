#include "convolution.h"

#include <algorithm>
#include <cstring>

#include "scratch.h"

namespace gemmnet {
namespace {

// With channels last, the part of a window in one row of a picture is contiguous, and so are the same parts of
// neighbouring windows at a constant distance: a tile of the product reads them where they lie, row of the kernel after
// row of the kernel (Tile::runs). Only what has a border of zeros is copied first, some rows of a picture at a time.
//
// Vectors run along the filters, for the gradient of the pictures along a row of a window. So no lane is lost where
// filters, or numbers in a row of a window, come near to a multiple of the register.

// Rows of pictures with their borders that a task has copied at a time: they stay in the second-level cache.
constexpr std::size_t kStripBytes = 128u << 10;

// Below this many multiply-adds a task is not worth handing to another thread.
constexpr std::size_t kTaskWork = 64 * 1024;

// The gradient of the weights is summed in so many parts at most, each of some pictures, that need no more memory than
// this: part of its meaning, so by the shape alone.
constexpr std::size_t kMostParts = 16, kPartBytes = 4u << 20;

constexpr std::size_t ceil_div(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

constexpr std::size_t part_begin(std::size_t total, std::size_t parts, std::size_t i) { return total * i / parts; }

AlignedBuffer& memory_of_strips() {
  thread_local AlignedBuffer memory;
  return memory;
}

AlignedBuffer& memory_of_weights() {
  thread_local AlignedBuffer memory;
  return memory;
}

// Calls f(begin, count) for the least number of nearly equal parts of at most `most`.
template <class F>
void each_part(std::size_t total, std::size_t most, F f) {
  const std::size_t parts = ceil_div(total, most);
  for (std::size_t i = 0, begin = 0; i < parts; ++i) {
    const std::size_t end = part_begin(total, parts, i + 1);
    f(begin, end - begin);
    begin = end;
  }
}

std::size_t tasks_for(const ThreadPool& pool, std::size_t work) {
  const std::size_t threads = pool.threads();
  if (threads == 1) return 1;
  return pool.shared_evenly(std::min(4 * threads, std::max<std::size_t>(1, work / kTaskWork)));
}

// Whether the windows lie one after the other in the memory of the pictures: single pixels, or whole pictures.
bool are_rows(const Windows& s) {
  if (s.padding_y > 0 || s.padding_x > 0) return false;
  const bool pixels = s.kernel_height == 1 && s.kernel_width == 1 && s.stride_y == 1 && s.stride_x == 1;
  return pixels || (s.kernel_height == s.height && s.kernel_width == s.width);
}

// The rows of a picture that some rows of windows cover, as the kernels read them.
template <class T>
struct Strip {
  const T* data;
  std::ptrdiff_t pitch;
};

template <class T>
class Strips {
 public:
  explicit Strips(const Windows& windows)
      : s_(windows),
        bordered_(s_.padding_y > 0 || s_.padding_x > 0),
        pitch_(bordered_ ? ((s_.out_width - 1) * s_.stride_x + s_.kernel_width) * s_.channels
                         : s_.width * s_.channels) {}

  // How many rows of windows a strip may have to fit the cache.
  std::size_t most_rows() const {
    const std::size_t rows = kStripBytes / (pitch_ * sizeof(T));
    return std::clamp<std::size_t>(rows < s_.kernel_height ? 1 : (rows - s_.kernel_height) / s_.stride_y + 1, 1,
                                   s_.out_height);
  }

  // Elements of memory that strips of so many rows of windows need.
  std::size_t memory(std::size_t rows) const { return bordered_ ? input_rows(rows) * pitch_ : 0; }

  Strip<T> at(const T* picture, std::size_t row, std::size_t rows, T* memory) const {
    if (!bordered_) return {picture + row * s_.stride_y * pitch_, static_cast<std::ptrdiff_t>(pitch_)};
    const std::size_t line = s_.width * s_.channels, before = std::min(s_.padding_x * s_.channels, pitch_);
    const std::size_t inside = std::min(line, pitch_ - before), after = pitch_ - before - inside;
    T* to = memory;
    for (std::size_t i = 0; i < input_rows(rows); ++i, to += pitch_) {
      const std::size_t y = row * s_.stride_y + i;
      if (y < s_.padding_y || y - s_.padding_y >= s_.height) {
        std::fill_n(to, pitch_, T(0));
        continue;
      }
      std::fill_n(to, before, T(0));
      std::memcpy(to + before, picture + (y - s_.padding_y) * line, inside * sizeof(T));
      std::fill_n(to + before + inside, after, T(0));
    }
    return {memory, static_cast<std::ptrdiff_t>(pitch_)};
  }

 private:
  std::size_t input_rows(std::size_t rows) const { return (rows - 1) * s_.stride_y + s_.kernel_height; }

  const Windows& s_;
  const bool bordered_;
  const std::size_t pitch_;
};

template <class T>
class Convolution {
 public:
  Convolution(const GemmKernels<T>& g, ThreadPool& pool, const Windows& windows, std::size_t filters)
      : g_(g), pool_(pool), s_(windows), m_(filters), strips_(windows) {}

  void forward(const T* x, const T* w, const T* bias, T* y) {
    const std::size_t panel = 2 * g_.width, panels = ceil_div(m_, panel), k = s_.size();
    const std::size_t rows = s_.pictures * s_.out_height;
    const std::size_t tasks = std::min(rows, tasks_for(pool_, rows * s_.out_width * k * m_));
    const std::size_t most_rows = strips_.most_rows(), strip = strips_.memory(most_rows);
    T* const packed = static_cast<T*>(memory_of_weights().reserve(panels * panel * k * sizeof(T)));
    T* const memory = static_cast<T*>(memory_of_strips().reserve((tasks * strip + 1) * sizeof(T)));
    pool_.run(panels, [&](std::size_t i) {
      const std::size_t cols = std::min(panel, m_ - i * panel);
      g_.pack(packed + i * panel * k, w + i * panel * k, 1, static_cast<std::ptrdiff_t>(k), k, cols,
              ceil_div(cols, g_.width) * g_.width);
    });
    pool_.run(tasks, [&](std::size_t task) {
      const std::size_t end = part_begin(rows, tasks, task + 1);
      for (std::size_t row = part_begin(rows, tasks, task); row < end;) {
        const std::size_t picture = row / s_.out_height, in_picture = row % s_.out_height;
        const std::size_t count = std::min({end - row, s_.out_height - in_picture, most_rows});
        const Strip<T> from = strips_.at(x + picture * picture_size(), in_picture, count, memory + task * strip);
        forward_strip(from, count, packed, bias, y + row * s_.out_width * m_);
        row += count;
      }
    });
  }

  void weights(const T* dy, const T* x, T beta, T* dw) {
    const std::size_t k = s_.size(), size = k * m_;
    const std::size_t parts =
        std::min({s_.pictures, kMostParts, std::max<std::size_t>(1, kPartBytes / (size * sizeof(T)))});
    const std::size_t panels = ceil_div(m_, 2 * g_.width), units = panels * s_.kernel_height;
    const std::size_t wanted = tasks_for(pool_, s_.pictures * s_.count() * size);
    const std::size_t groups = std::min(units, ceil_div(wanted, parts)), tasks = parts * groups;
    const std::size_t rows = std::min(strips_.most_rows(), std::max<std::size_t>(1, kInnerBlock / s_.out_width));
    const std::size_t strip = strips_.memory(rows);
    T* const sums = static_cast<T*>(memory_of_weights().reserve(parts * size * sizeof(T)));
    T* const memory = static_cast<T*>(memory_of_strips().reserve((tasks * strip + 1) * sizeof(T)));
    pool_.run(tasks, [&](std::size_t task) {
      const std::size_t part = task / groups, group = task % groups;
      const std::size_t first = part_begin(units, groups, group), last = part_begin(units, groups, group + 1);
      Init init = Init::zero;
      for (std::size_t i = part_begin(s_.pictures, parts, part); i < part_begin(s_.pictures, parts, part + 1); ++i) {
        each_part(s_.out_height, rows, [&](std::size_t row, std::size_t count) {
          const Strip<T> from = strips_.at(x + i * picture_size(), row, count, memory + task * strip);
          const T* const d = dy + (i * s_.out_height + row) * s_.out_width * m_;
          for (std::size_t unit = first; unit < last; ++unit)
            weights_strip(from, count, d, unit % s_.kernel_height, unit / s_.kernel_height, init, sums + part * size);
          init = Init::accumulate;
        });
      }
    });
    add_parts(sums, parts, beta, dw);
  }

  void input(const T* dy, const T* w, T beta, T* dx) {
    const std::size_t size = picture_size();
    const std::size_t tasks = std::min(s_.pictures, tasks_for(pool_, s_.pictures * s_.count() * s_.size() * m_));
    pool_.run(tasks, [&](std::size_t task) {
      for (std::size_t i = part_begin(s_.pictures, tasks, task); i < part_begin(s_.pictures, tasks, task + 1); ++i) {
        T* const to = dx + i * size;
        if (beta == 0)
          std::fill_n(to, size, T(0));
        else if (beta != 1)
          for (std::size_t j = 0; j < size; ++j) to[j] *= beta;
        input_of_picture(dy + i * s_.count() * m_, w, to);
      }
    });
  }

 private:
  std::size_t picture_size() const { return s_.height * s_.width * s_.channels; }

  // Numbers of a window in one row of the kernel.
  std::size_t row_size() const { return s_.kernel_width * s_.channels; }

  // Calls f(col, cols, vectors) for each panel of two registers.
  template <class F>
  void each_panel(std::size_t total, F f) const {
    const std::size_t panel = 2 * g_.width;
    for (std::size_t col = 0; col < total; col += panel) {
      const std::size_t cols = std::min(panel, total - col);
      f(col, cols, ceil_div(cols, g_.width));
    }
  }

  // The most rows of a tile of so many registers.
  std::size_t tile_rows(std::size_t vectors) const { return vectors == 1 ? g_.narrow_rows : g_.outer_rows; }

  TileKernel<T>* const& kernel(TileKernel<T>* const (&of)[2][kMaxOuterRows][2], std::size_t rows, std::size_t cols,
                               std::size_t vectors) const {
    return of[cols < vectors * g_.width][rows - 1][vectors - 1];
  }

  void forward_strip(const Strip<T>& from, std::size_t rows, const T* packed, const T* bias, T* y) const {
    Tile<T> tile{};
    tile.a_row = static_cast<std::ptrdiff_t>(s_.stride_x * s_.channels);
    tile.a_col = 1;
    tile.c_row = static_cast<std::ptrdiff_t>(m_);
    tile.alpha = 1;
    // The inner dimension in blocks of whole rows of the kernel, or of parts of one.
    const std::size_t size = row_size();
    each_part(s_.kernel_height, std::max<std::size_t>(1, kInnerBlock / size), [&](std::size_t ky, std::size_t runs) {
      each_part(size, kInnerBlock, [&](std::size_t j, std::size_t k) {
        tile.init = ky == 0 && j == 0 ? Init::bias : Init::accumulate;
        tile.k = k;
        tile.runs = runs;
        tile.a_jump = from.pitch - static_cast<std::ptrdiff_t>(k);
        each_panel(m_, [&](std::size_t col, std::size_t cols, std::size_t vectors) {
          tile.cols = cols;
          tile.bias = bias + col;
          tile.b_row = static_cast<std::ptrdiff_t>(vectors * g_.width);
          tile.b = packed + col * s_.size() + (ky * size + j) * static_cast<std::size_t>(tile.b_row);
          for (std::size_t row = 0; row < rows; ++row) {
            const T* const line = from.data + static_cast<std::ptrdiff_t>(row * s_.stride_y + ky) * from.pitch + j;
            each_part(s_.out_width, tile_rows(vectors), [&](std::size_t ox, std::size_t count) {
              tile.a = line + ox * s_.stride_x * s_.channels;
              tile.c = y + (row * s_.out_width + ox) * m_ + col;
              kernel(g_.runs, count, cols, vectors)(tile);
            });
          }
        });
      });
    });
  }

  // What some rows of windows add to the transposed gradient of the weights, in one row of the kernel and one panel.
  void weights_strip(const Strip<T>& from, std::size_t rows, const T* dy, std::size_t ky, std::size_t panel, Init init,
                     T* sums) const {
    const std::size_t col = panel * 2 * g_.width, cols = std::min(2 * g_.width, m_ - col);
    const std::size_t vectors = ceil_div(cols, g_.width), size = row_size();
    Tile<T> tile{};
    tile.a_row = 1;
    tile.a_col = static_cast<std::ptrdiff_t>(s_.stride_x * s_.channels);
    tile.b = dy + col;
    tile.b_row = static_cast<std::ptrdiff_t>(m_);
    tile.c_row = static_cast<std::ptrdiff_t>(m_);
    tile.alpha = 1;
    tile.cols = cols;
    tile.init = init;
    tile.k = s_.out_width;
    tile.runs = rows;
    tile.a_jump =
        static_cast<std::ptrdiff_t>(s_.stride_y) * from.pitch - static_cast<std::ptrdiff_t>(s_.out_width) * tile.a_col;
    const T* const line = from.data + static_cast<std::ptrdiff_t>(ky) * from.pitch;
    each_part(size, tile_rows(vectors), [&](std::size_t j, std::size_t count) {
      tile.a = line + j;
      tile.c = sums + (ky * size + j) * m_ + col;
      kernel(g_.runs, count, cols, vectors)(tile);
    });
  }

  // dw = Σ parts, transposed, + beta·dw. Pairs of parts are added, then pairs of pairs.
  void add_parts(T* sums, std::size_t parts, T beta, T* dw) {
    const std::size_t k = s_.size(), size = k * m_;
    constexpr std::size_t per_task = 8192;
    const std::size_t tasks = std::min(k, ceil_div(size * parts, per_task));
    pool_.run(tasks, [&](std::size_t task) {
      const std::size_t first = part_begin(k, tasks, task), last = part_begin(k, tasks, task + 1);
      for (std::size_t step = 1; step < parts; step *= 2) {
        for (std::size_t part = 0; part + step < parts; part += 2 * step) {
          T *const to = sums + part * size, *const from = to + step * size;
          for (std::size_t i = first * m_; i < last * m_; ++i) to[i] += from[i];
        }
      }
      for (std::size_t f = 0; f < m_; ++f) {
        T* const to = dw + f * k;
        for (std::size_t i = first; i < last; ++i)
          to[i] = beta == 0 ? sums[i * m_ + f] : sums[i * m_ + f] + beta * to[i];
      }
    });
  }

  // Each window adds what it got. Rows of a tile are windows one below the other, which do not overlap in the row of
  // the kernel at hand.
  void input_of_picture(const T* dy, const T* w, T* dx) const {
    const std::size_t size = row_size();
    Tile<T> tile{};
    tile.a_row = static_cast<std::ptrdiff_t>(s_.out_width * m_);
    tile.a_col = 1;
    tile.b_row = static_cast<std::ptrdiff_t>(s_.size());
    tile.c_row = static_cast<std::ptrdiff_t>(s_.stride_y * s_.width * s_.channels);
    tile.alpha = 1;
    tile.init = Init::accumulate;
    for (std::size_t depth = 0; depth < m_; depth += tile.k) {
      tile.k = std::min(kInnerBlock, m_ - depth);
      for (std::size_t ky = 0; ky < s_.kernel_height; ++ky) {
        const Inside rows = inside(s_.out_height, s_.stride_y, s_.padding_y, ky, s_.height);
        if (rows.first >= rows.last) continue;
        for (std::size_t ox = 0; ox < s_.out_width; ++ox) {
          // Columns of the kernel that lie inside.
          const std::size_t left = ox * s_.stride_x;
          const std::size_t begin = left < s_.padding_x ? std::min(s_.padding_x - left, s_.kernel_width) : 0;
          const std::size_t room = s_.width + s_.padding_x;
          const std::size_t end = left >= room ? 0 : std::min(s_.kernel_width, room - left);
          if (begin >= end) continue;
          const T* const weights = w + depth * s_.size() + ky * size + begin * s_.channels;
          const std::size_t x = left + begin - s_.padding_x;
          each_part(rows.last - rows.first, g_.outer_rows, [&](std::size_t offset, std::size_t count) {
            const std::size_t oy = rows.first + offset, y = oy * s_.stride_y + ky - s_.padding_y;
            tile.a = dy + (oy * s_.out_width + ox) * m_ + depth;
            T* const to = dx + (y * s_.width + x) * s_.channels;
            each_panel((end - begin) * s_.channels, [&](std::size_t col, std::size_t cols, std::size_t vectors) {
              tile.b = weights + col;
              tile.c = to + col;
              tile.cols = cols;
              kernel(g_.outer, count, cols, vectors)(tile);
            });
          });
        }
      }
    }
  }

  // The windows whose row `at` lies inside a picture of so many rows.
  struct Inside {
    std::size_t first, last;
  };
  static Inside inside(std::size_t windows, std::size_t stride, std::size_t padding, std::size_t at, std::size_t size) {
    const std::size_t first = at < padding ? ceil_div(padding - at, stride) : 0;
    const std::size_t room = size + padding;
    return {first, at >= room ? 0 : std::min(windows, (room - at - 1) / stride + 1)};
  }

  const GemmKernels<T>& g_;
  ThreadPool& pool_;
  const Windows& s_;
  const std::size_t m_;
  const Strips<T> strips_;
};

// Of rows that lie in memory, a product.
template <class T>
Product<T> product(std::size_t m, std::size_t n, std::size_t k, Matrix<T> a, Matrix<T> b, T* c, T beta) {
  Product<T> p{m, n, k, a, b, c, static_cast<std::ptrdiff_t>(n)};
  p.beta = beta;
  p.init = beta == 0 ? Init::zero : beta == 1 ? Init::accumulate : Init::scale;
  return p;
}

template <class T>
Matrix<T> rows_of(const T* data, std::size_t cols) {
  return {data, static_cast<std::ptrdiff_t>(cols), 1};
}

template <class T>
Matrix<T> columns_of(const T* data, std::size_t cols) {
  return {data, 1, static_cast<std::ptrdiff_t>(cols)};
}

}  // namespace

template <class T>
void convolve(const GemmKernels<T>& kernels, ThreadPool& pool, const Windows& s, std::size_t filters, const T* x,
              const T* w, const T* bias, T* y) {
  if (!are_rows(s)) return Convolution<T>(kernels, pool, s, filters).forward(x, w, bias, y);
  const std::size_t k = s.size();
  Product<T> p = product<T>(s.pictures * s.count(), filters, k, rows_of(x, k), columns_of(w, k), y, 0);
  p.bias = bias;
  p.init = Init::bias;
  gemm(kernels, pool, p);
}

template <class T>
void convolve_weights(const GemmKernels<T>& kernels, ThreadPool& pool, const Windows& s, std::size_t filters,
                      const T* dy, const T* x, T beta, T* dw) {
  if (!are_rows(s)) return Convolution<T>(kernels, pool, s, filters).weights(dy, x, beta, dw);
  const std::size_t k = s.size();
  gemm(kernels, pool, product<T>(filters, k, s.pictures * s.count(), columns_of(dy, filters), rows_of(x, k), dw, beta));
}

template <class T>
void convolve_input(const GemmKernels<T>& kernels, ThreadPool& pool, const Windows& s, std::size_t filters, const T* dy,
                    const T* w, T beta, T* dx) {
  if (!are_rows(s)) return Convolution<T>(kernels, pool, s, filters).input(dy, w, beta, dx);
  const std::size_t k = s.size();
  gemm(kernels, pool, product<T>(s.pictures * s.count(), k, filters, rows_of(dy, filters), rows_of(w, k), dx, beta));
}

#define GEMMNET_CONVOLUTIONS(T)                                                                                        \
  template void convolve(const GemmKernels<T>&, ThreadPool&, const Windows&, std::size_t, const T*, const T*,          \
                         const T*, T*);                                                                                \
  template void convolve_weights(const GemmKernels<T>&, ThreadPool&, const Windows&, std::size_t, const T*, const T*,  \
                                 T, T*);                                                                               \
  template void convolve_input(const GemmKernels<T>&, ThreadPool&, const Windows&, std::size_t, const T*, const T*, T, \
                               T*);
GEMMNET_CONVOLUTIONS(float)
GEMMNET_CONVOLUTIONS(double)
#undef GEMMNET_CONVOLUTIONS

}  // namespace gemmnet
