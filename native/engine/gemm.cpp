#include "gemm.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "scratch.h"

namespace gemmnet {
namespace {

// Two ways to the product, chosen by the shape alone.
//
// Dot: both operands are contiguous along k, as in the forward pass of a layer, and C is narrow or low. Nothing is
// packed, not even a B that would have to be transposed.
//
// Outer: everything else, by Goto's blocked algorithm. B is packed to panels of two vectors where it has to be
// transposed or is gone through often enough, else read where it lies, as A is; a task owns a block of C. Where C is
// wide and the rows of A are contiguous each task packs what it needs of B itself, else all threads pack B together
// before the first task. Where the inner dimension is very short, tiles are whole stripes of rows.
//
// Measured on a Zen 4 core in float32, GFLOP/s dot / outer. With AVX-512: 200×50×784 107 / 87, 32×1024×1024 101 / 86,
// 64×512×512 101 / 98, 512×256×512 100 / 112, 200×120×120 75 / 103, 200×120×3072 100 / 97. With AVX2: 200×50×784
// 79 / 84, 200×120×3072 65 / 92.
bool takes_dot_way(std::size_t m, std::size_t n, std::size_t k) {
  // Below this depth, the kernel would mostly fold its lanes; from this side on, packing is worth it.
  constexpr std::size_t kMinDepth = 200, kMaxSide = 63;
  // For one row or column, packing is never worth it.
  constexpr std::size_t kMinVectorDepth = 16;
  const std::size_t side = std::min(m, n);
  return (k >= kMinDepth && side <= kMaxSide) || (k >= kMinVectorDepth && side == 1);
}

// What a task of the dot way goes through again and again should stay in the second-level cache.
constexpr std::size_t kDotTaskBytes = 384u << 10;

// Rows of C that a task works on at a time: with kInnerBlock columns of A they fill a good part of the second-level
// cache.
constexpr std::size_t kTaskRows = 112;
// When they are cut between tiles, a block has up to a tile more than its share.
constexpr std::size_t kMaxTaskRows = kTaskRows + kMaxOuterRows;

// Reading B where it lies costs little as long as few tiles do it, or it fits into the first-level cache; packing it
// takes as long as six rows of C, or more where it goes through memory because all threads do it first.
constexpr std::size_t kMaxTilesInPlace = 20, kMaxRowsInPlace = 128;
constexpr std::size_t kBytesInPlace = 16u << 10;

// From one copied row of A to the next: some lines more than a power of two.
constexpr std::size_t kCopiedRow = kInnerBlock + 32;

// From so many bytes from one step of the inner dimension to the next on, A is packed too, if so many panels of B go
// over it: each step would touch another page or set of the caches.
constexpr std::ptrdiff_t kFarSteps = 2048;
constexpr std::size_t kMinPanels = 16;
// Columns of packed A: the rows of a task, as many for each tile as whole registers hold.
constexpr std::size_t kMaxPackedRows = 256;

// Packed B at a time, so that it stays in the last-level cache, and what a task packs for itself at a time, so that it
// stays in the second-level one.
constexpr std::size_t kPackedBytes = 16u << 20, kOwnBytes = 512u << 10;

// A B of at most so many bytes stays in the second-level cache beside everything else.
constexpr std::size_t kShallowBytes = 128u << 10;

// Below this many multiply-adds a task is not worth handing to another thread.
constexpr std::size_t kTaskWork = 64 * 1024;

constexpr std::size_t ceil_div(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

// The first index of part i when `total` is cut into `parts` of nearly equal size.
// The ends without a division, of which a small product would otherwise do a dozen.
constexpr std::size_t part_begin(std::size_t total, std::size_t parts, std::size_t i) {
  return i == 0 ? 0 : i == parts ? total : total * i / parts;
}

// Columns of a gradient that is summed in the cache for the update rule: with the rows of a task they fill some of the
// second-level cache.
constexpr std::size_t kGradientCols = 256;

// What a task works with. Thread-local and of fixed size: a thread of the system can have a small stack, and a task
// must not fail.
template <class T>
struct TaskMemory {
  // Of A, or of B, never of both.
  alignas(64) T packed[std::max({kMaxTaskRows * kCopiedRow, kMaxPackedRows* kInnerBlock, kOwnBytes / sizeof(T)})];
  alignas(64) T gradient[kMaxTaskRows * kGradientCols];
};

template <class T>
TaskMemory<T>& task_memory() {
  thread_local TaskMemory<T> memory;
  return memory;
}

// Memory for packed B, kept from one product to the next.
AlignedBuffer& packed_b_memory() {
  thread_local AlignedBuffer memory;
  return memory;
}

// Reading n rows at a stride of a multiple of 4 KiB puts all of them into the same cache set.
template <class T>
bool strides_collide(std::ptrdiff_t stride) {
  return static_cast<std::size_t>(stride < 0 ? -stride : stride) * sizeof(T) % 4096 == 0 && stride != 0;
}

// Rows of a tile where the tallest ones are worse.
constexpr std::size_t kSmallTile = 10;

// Where they do, the lines of a tile of C would push each other out of the first-level cache. And where k is small, the
// next tile should begin before this one ends, for which larger ones take too many of the registers that the CPU
// renames.
template <class T>
std::size_t tile_rows(const GemmKernels<T>& g, const Product<T>& p) {
  constexpr std::size_t kShallow = 64;
  return strides_collide<T>(p.c_row) || p.k <= kShallow ? std::min(kSmallTile, g.outer_rows) : g.outer_rows;
}

template <class T>
Tile<T> tile_of(const Product<T>& p) {
  Tile<T> tile{};
  tile.k = p.k;
  tile.c_row = p.c_row;
  tile.alpha = p.alpha;
  tile.beta = p.beta;
  tile.init = p.init;
  return tile;
}

// Updates rows × cols of the parameters, those at `offset`, by their gradient.
template <class T>
void apply(const Product<T>& p, T* gradient, std::size_t gradient_row, std::ptrdiff_t offset, std::size_t rows,
           std::size_t cols) {
  std::size_t strides[kMaxOperands];
  std::fill_n(strides, kMaxOperands, static_cast<std::size_t>(p.c_row));
  strides[Update<T>::kGradient] = gradient_row;
  for (std::size_t s = 0; s < p.update->count; ++s) {
    const auto& step = p.update->steps[s];
    void* operands[kMaxOperands];
    for (std::size_t o = 0; o < kMaxOperands; ++o)
      operands[o] = step.operands[o] == nullptr ? nullptr : step.operands[o] + offset;
    operands[Update<T>::kGradient] = gradient;
    step.kernel({rows, cols, 0, 0, 0, operands, step.scalars, nullptr, strides});
  }
}

template <class T>
void dot_gemm(const GemmKernels<T>& g, ThreadPool& pool, const Product<T>& p) {
  const std::size_t row_tiles = ceil_div(p.m, g.dot_rows);
  const std::size_t col_tiles = ceil_div(p.n, g.dot_cols);
  // Cut along the longer side; a task takes each tile of the other side against all of its own.
  const bool by_rows = p.m >= p.n;
  const std::size_t own_tiles = by_rows ? row_tiles : col_tiles, other_tiles = by_rows ? col_tiles : row_tiles;
  const std::size_t for_cache = ceil_div(std::max(p.m, p.n) * p.k * sizeof(T), kDotTaskBytes);
  const std::size_t for_threads = std::min(p.m * p.n * p.k / kTaskWork, 8 * pool.threads());
  const std::size_t wanted = std::max({for_cache, for_threads, std::size_t{1}});
  const std::size_t tasks = std::min(own_tiles, pool.shared_evenly(wanted));
  pool.run(tasks, [&](std::size_t task) {
    const std::size_t first = part_begin(own_tiles, tasks, task), last = part_begin(own_tiles, tasks, task + 1);
    Tile<T> tile = tile_of(p);
    tile.a_row = p.a.row;
    tile.b_row = p.b.col;
    for (std::size_t other = 0; other < other_tiles; ++other) {
      for (std::size_t own = first; own < last; ++own) {
        const std::size_t i = by_rows ? own : other, j = by_rows ? other : own;
        const std::size_t row = part_begin(p.m, row_tiles, i), rows = part_begin(p.m, row_tiles, i + 1) - row;
        const std::size_t col = part_begin(p.n, col_tiles, j), cols = part_begin(p.n, col_tiles, j + 1) - col;
        tile.a = p.a.data + static_cast<std::ptrdiff_t>(row) * p.a.row;
        tile.b = p.b.data + static_cast<std::ptrdiff_t>(col) * p.b.col;
        tile.c = p.c + static_cast<std::ptrdiff_t>(row) * p.c_row + col;
        tile.bias = p.bias == nullptr ? nullptr : p.bias + col;
        g.dot[rows - 1][cols - 1](tile);
      }
    }
  });
}

// A panel: `cols` columns of B and C, as `vectors` registers, of which a tile takes two at most; fewer columns than the
// registers hold in the last one only.
struct Panel {
  std::size_t col, cols, vectors;
};

template <class T>
class OuterGemm {
 public:
  OuterGemm(const GemmKernels<T>& g, ThreadPool& pool, const Product<T>& p)
      : g_(g),
        pool_(pool),
        p_(p),
        stripes_(p.b.col == 1 && p.k > 0 && p.k <= kMaxStripeDepth),
        panels_at_once_(stripes_ ? kBytesInPlace / (p.k * 2 * g.width * sizeof(T)) : 1),
        shallow_(p.k * p.n * sizeof(T) <= kShallowBytes),
        packing_(choose_packing()),
        by_rows_(shallow_ || (packing_ != Packing::own && p.m >= p.n)),
        row_tiles_(count_row_tiles()),
        copy_a_(!stripes_ && packing_ != Packing::own && p.a.col == 1 && p.m > 4 && strides_collide<T>(p.a.row)),
        far_steps_(!stripes_ && p.a.row == 1 && p.a.col * static_cast<std::ptrdiff_t>(sizeof(T)) >= kFarSteps) {}

  void run() {
    if (packing_ != Packing::together) return columns(0, p_.n);
    const std::size_t panel_width = 2 * g_.width;
    const std::size_t depth = std::max<std::size_t>(1, p_.k);
    const std::size_t fitting = std::max<std::size_t>(1, kPackedBytes / (depth * panel_width * sizeof(T)));
    for (std::size_t col = 0; col < p_.n; col += fitting * panel_width)
      columns(col, std::min(p_.n, col + fitting * panel_width));
  }

 private:
  // Who packs B: nobody, all threads before the first task, or each task what it needs.
  enum class Packing { none, together, own };

  // The columns [begin, end) of C.
  void columns(std::size_t begin, std::size_t end) {
    begin_ = begin;
    end_ = end;
    const std::size_t count = ceil_div(end - begin, 2 * g_.width);
    if (packing_ == Packing::together) pack_b(count);

    // Blocks of rows and of columns, some for each thread.
    const std::size_t work = p_.m * (end - begin) * std::max<std::size_t>(1, p_.k);
    const std::size_t threads = pool_.threads();
    const std::size_t enough = std::min(4 * threads, std::max<std::size_t>(1, work / kTaskWork));
    const std::size_t wanted = threads == 1 ? 1 : pool_.shared_evenly(enough);
    const std::size_t low_blocks = packing_ == Packing::own ? ceil_div(wanted, count) : ceil_div(p_.m, kTaskRows);
    const std::size_t row_blocks = std::max(low_blocks, by_rows_ ? std::min(row_tiles_, wanted) : 1);
    const std::size_t least = ceil_div(wanted, row_blocks);
    const std::size_t even = wanted > 1 && row_blocks % threads != 0 ? pool_.multiple_of_threads(least) : least;
    const std::size_t col_blocks = std::min(count, even);
    pool_.run(row_blocks * col_blocks, [&](std::size_t task) {
      // Neighbours share what was cut first, so that each thread has rows, or columns, of its own: those of B it packed
      // itself, and cores may lie far apart.
      const std::size_t row_block = by_rows_ ? task / col_blocks : task % row_blocks;
      const std::size_t col_block = by_rows_ ? task % col_blocks : task / row_blocks;
      block(part_begin(row_tiles_, row_blocks, row_block), part_begin(row_tiles_, row_blocks, row_block + 1),
            part_begin(count, col_blocks, col_block), part_begin(count, col_blocks, col_block + 1));
    });
  }

  Packing choose_packing() const {
    const bool transposed = p_.b.col != 1;
    if (stripes_ || (!transposed && p_.k * p_.n * sizeof(T) <= kBytesInPlace)) return Packing::none;
    // All rows of A go by for each part of B, so they have to be contiguous; what updates parameters keeps to few rows.
    if (!shallow_ && p_.n >= p_.m && p_.k > 0 && p_.a.col == 1 && p_.update == nullptr)
      return transposed || p_.m > kMaxRowsInPlace ? Packing::own : Packing::none;
    return transposed || p_.m > kMaxTilesInPlace * tile_rows(g_, p_) ? Packing::together : Packing::none;
  }

  // Where there are many, as many for each thread.
  std::size_t count_row_tiles() const {
    const std::size_t rows = stripes_                   ? g_.stripe_rows
                             : packing_ == Packing::own ? std::min(kSmallTile, g_.outer_rows)
                                                        : tile_rows(g_, p_);
    const std::size_t least = ceil_div(p_.m, rows);
    return by_rows_ && least >= 4 * pool_.threads() ? pool_.multiple_of_threads(least) : least;
  }

  // Side by side, as one; a tile has one.
  Panel panels(std::size_t first, std::size_t last) const {
    const std::size_t width = 2 * g_.width, col = begin_ + first * width;
    const std::size_t cols = std::min((last - first) * width, end_ - col);
    return {col, cols, ceil_div(cols, g_.width)};
  }

  void pack_b(std::size_t count) {
    const std::size_t size = 2 * g_.width * p_.k;
    packed_ = static_cast<T*>(packed_b_memory().reserve(std::max<std::size_t>(1, count * size) * sizeof(T)));
    pool_.run(count, [&](std::size_t i) { pack_panel(packed_ + i * size, panels(i, i + 1), 0, p_.k); });
  }

  // Tiles [tile_first, tile_last) of rows by panels [panel_first, panel_last), to where they are wanted.
  void block(std::size_t tile_first, std::size_t tile_last, std::size_t panel_first, std::size_t panel_last) const {
    if (packing_ == Packing::own) return packing_block(tile_first, tile_last, panel_first, panel_last);
    const Place c{p_.c, p_.c_row, 0, 0};
    if (p_.update == nullptr) return sums(tile_first, tile_last, panel_first, panel_last, c);
    if (p_.update->w != nullptr && p_.k <= kInnerBlock)
      return sums(tile_first, tile_last, panel_first, panel_last, {p_.update->w, p_.c_row, 0, 0}, true);
    // For rules that go through more memory the gradient of a part is summed in the cache first, so that the rule can
    // go along rows.
    const std::size_t first_row = part_begin(p_.m, row_tiles_, tile_first);
    const std::size_t rows = part_begin(p_.m, row_tiles_, tile_last) - first_row;
    const std::size_t at_once = kGradientCols / (2 * g_.width);
    T* const gradient = task_memory<T>().gradient;
    for (std::size_t first = panel_first; first < panel_last; first += at_once) {
      const std::size_t last = std::min(panel_last, first + at_once);
      const Panel part = panels(first, last);
      sums(tile_first, tile_last, first, last, {gradient, kGradientCols, first_row, part.col});
      apply(p_, gradient, kGradientCols, static_cast<std::ptrdiff_t>(first_row) * p_.c_row + part.col, rows, part.cols);
    }
  }

  // The same; each tile of A meets as many columns of B as fit into the second-level cache, packed there by the way.
  void packing_block(std::size_t tile_first, std::size_t tile_last, std::size_t panel_first,
                     std::size_t panel_last) const {
    T* const packed = task_memory<T>().packed;
    const std::size_t width = 2 * g_.width, at_once = kOwnBytes / (kInnerBlock * width * sizeof(T));
    Tile<T> tile = tile_of(p_);
    tile.a_row = p_.a.row;
    tile.a_col = p_.a.col;
    for (std::size_t first = panel_first; first < panel_last; first += at_once) {
      const std::size_t last = std::min(panel_last, first + at_once);
      for (std::size_t depth = 0; depth < p_.k; depth += tile.k) {
        tile.k = std::min(kInnerBlock, p_.k - depth);
        tile.init = depth == 0 ? p_.init : Init::accumulate;
        for (std::size_t index = first; index < last; ++index)
          pack_panel(packed + (index - first) * width * tile.k, panels(index, index + 1), depth, tile.k);
        for (std::size_t i = tile_first; i < tile_last; ++i) {
          const std::size_t row = part_begin(p_.m, row_tiles_, i), rows = part_begin(p_.m, row_tiles_, i + 1) - row;
          tile.a = p_.a.data + static_cast<std::ptrdiff_t>(row) * p_.a.row + depth;
          for (std::size_t index = first; index < last; ++index) {
            const Panel at = panels(index, index + 1);
            tile.b = packed + (index - first) * width * tile.k;
            tile.b_row = static_cast<std::ptrdiff_t>(at.vectors * g_.width);
            tile.c = p_.c + static_cast<std::ptrdiff_t>(row) * p_.c_row + at.col;
            tile.bias = p_.bias == nullptr ? nullptr : p_.bias + at.col;
            tile.cols = at.cols;
            kernel_of(rows, at)(tile);
          }
        }
      }
    }
  }

  // The `k` rows of a panel of B from `depth` on.
  void pack_panel(T* to, const Panel& at, std::size_t depth, std::size_t k) const {
    const T* from =
        p_.b.data + static_cast<std::ptrdiff_t>(depth) * p_.b.row + static_cast<std::ptrdiff_t>(at.col) * p_.b.col;
    g_.pack(to, from, p_.b.row, p_.b.col, k, at.cols, at.vectors * g_.width);
  }

  // Where a part of C is made: what lies at `data` is element (row, col).
  struct Place {
    T* data;
    std::ptrdiff_t c_row;
    std::size_t row, col;
  };

  // The rows of A that a task works on, for a part of the inner dimension: where they lie, or copied so that they do
  // not lie in the same cache set, or packed tile by tile.
  class RowsOfA {
   public:
    RowsOfA(const OuterGemm& gemm, std::size_t tile_first, std::size_t tile_last, std::size_t panels)
        : gemm_(gemm), first_(tile_first), count_(tile_last - tile_first) {
      // Once for each tile, since a division each time would be felt where k is small.
      for (std::size_t i = 0; i <= count_; ++i) begins_[i] = part_begin(gemm.p_.m, gemm.row_tiles_, tile_first + i);
      if (gemm.far_steps_ && panels >= kMinPanels) {
        for (std::size_t i = 0; i < count_; ++i) slot_ = std::max(slot_, packed_width(i));
        if (slot_ * count_ > kMaxPackedRows) slot_ = 0;
      }
      if (gemm.copy_a_ || slot_ > 0) memory_ = task_memory<T>().packed;
    }

    std::size_t row(std::size_t tile) const { return begins_[tile - first_]; }
    std::size_t rows(std::size_t tile) const { return begins_[tile - first_ + 1] - begins_[tile - first_]; }

    // To the k steps from `depth` on.
    void go_to(std::size_t depth, std::size_t k) {
      const Matrix<T>& a = gemm_.p_.a;
      from_ = a.data + static_cast<std::ptrdiff_t>(depth) * a.col;
      if (slot_ > 0) {
        for (std::size_t i = 0; i < count_; ++i)
          gemm_.g_.pack(memory_ + i * slot_ * kInnerBlock, from_ + begins_[i], a.col, 1, k, begins_[i + 1] - begins_[i],
                        packed_width(i));
      } else if (memory_ != nullptr) {
        T* to = memory_;
        for (std::size_t row = begins_[0]; row < begins_[count_]; ++row, to += kCopiedRow)
          std::memcpy(to, from_ + static_cast<std::ptrdiff_t>(row) * a.row, k * sizeof(T));
      }
    }

    void use(Tile<T>& tile, std::size_t index) const {
      const std::size_t i = index - first_;
      const Matrix<T>& a = gemm_.p_.a;
      if (slot_ > 0) {
        tile.a = memory_ + i * slot_ * kInnerBlock;
        tile.a_row = 1;
        tile.a_col = static_cast<std::ptrdiff_t>(packed_width(i));
      } else if (memory_ != nullptr) {
        tile.a = memory_ + (begins_[i] - begins_[0]) * kCopiedRow;
        tile.a_row = kCopiedRow;
        tile.a_col = 1;
      } else {
        tile.a = from_ + static_cast<std::ptrdiff_t>(begins_[i]) * a.row;
        tile.a_row = a.row;
        tile.a_col = a.col;
      }
    }

   private:
    std::size_t packed_width(std::size_t i) const {
      return ceil_div(begins_[i + 1] - begins_[i], gemm_.g_.width) * gemm_.g_.width;
    }

    const OuterGemm& gemm_;
    const std::size_t first_, count_;
    std::size_t begins_[kMaxTaskRows + 1];
    // Columns of the widest tile's panel, 0 where nothing is packed.
    std::size_t slot_ = 0;
    T* memory_ = nullptr;
    const T* from_ = nullptr;
  };

  // The sums over k; or, where `descending`, one step of the parameters that lie at the place of C.
  void sums(std::size_t tile_first, std::size_t tile_last, std::size_t panel_first, std::size_t panel_last,
            const Place& place, bool descending = false) const {
    Tile<T> tile = tile_of(p_);
    tile.c_row = place.c_row;
    tile.descends = descending;
    if (descending) tile.descent = p_.update->descent;
    RowsOfA a(*this, tile_first, tile_last, panel_last - panel_first);
    std::size_t depth = 0;
    do {
      tile.k = std::min(kInnerBlock, p_.k - depth);
      tile.init = depth == 0 ? p_.init : Init::accumulate;
      a.go_to(depth, tile.k);
      const auto compute = [&](std::size_t i, const Panel& at) {
        if (p_.upper && a.row(i) >= at.col + at.cols) return;
        a.use(tile, i);
        tile.c = place.data + static_cast<std::ptrdiff_t>(a.row(i) - place.row) * place.c_row + (at.col - place.col);
        tile.bias = p_.bias == nullptr ? nullptr : p_.bias + at.col;
        tile.cols = at.cols;
        kernel_of(a.rows(i), at)(tile);
      };
      if (shallow_ && !stripes_) {
        for (std::size_t i = tile_first; i < tile_last; ++i)
          for (std::size_t index = panel_first; index < panel_last; ++index)
            compute(i, use_panels(tile, index, index + 1, depth));
      } else {
        for (std::size_t index = panel_first; index < panel_last; index += panels_at_once_) {
          const Panel at = use_panels(tile, index, std::min(panel_last, index + panels_at_once_), depth);
          for (std::size_t i = tile_first; i < tile_last; ++i) compute(i, at);
        }
      }
      depth += tile.k;
    } while (depth < p_.k);
  }

  // Lets the tile read B from panels, `depth` rows down; packed ones one at a time.
  Panel use_panels(Tile<T>& tile, std::size_t first, std::size_t last, std::size_t depth) const {
    const Panel at = panels(first, last);
    if (packing_ == Packing::together) {
      tile.b_row = static_cast<std::ptrdiff_t>(at.vectors * g_.width);
      tile.b = packed_ + first * 2 * g_.width * p_.k + depth * static_cast<std::size_t>(tile.b_row);
    } else {
      tile.b_row = p_.b.row;
      tile.b = p_.b.data + static_cast<std::ptrdiff_t>(depth) * p_.b.row + at.col;
    }
    return at;
  }

  TileKernel<T>* kernel_of(std::size_t rows, const Panel& at) const {
    if (stripes_) return g_.stripe[rows - 1][p_.k - 1];
    return g_.outer[at.cols < at.vectors * g_.width][rows - 1][at.vectors - 1];
  }

  const GemmKernels<T>& g_;
  ThreadPool& pool_;
  const Product<T>& p_;
  // Tiles are stripes of rows, which go along as many panels as leave their part of B in the first-level cache.
  const bool stripes_;
  const std::size_t panels_at_once_;
  // The work lies in C: go along its rows, and cut it by rows, as the forward product cuts the weights by neurons: so
  // each thread finds those that it updated in its own cache.
  const bool shallow_;
  const Packing packing_;
  // Each block of rows reads all of B, each block of columns all of A: what is cut first is the longer side, or the one
  // for which tasks pack B.
  const bool by_rows_;
  const std::size_t row_tiles_;
  const bool copy_a_, far_steps_;
  std::size_t begin_ = 0, end_ = 0;
  T* packed_ = nullptr;
};

// Sums of more terms would gather the roundings of all their blocks: they are cut into parts of this
// length, which are added in pairs, the pairs in pairs, and so on, as column sums are. For ordinary layers and batches
// nothing is cut.
constexpr std::size_t kLongSum = 8 * kInnerBlock;

// C from the sums: as the kernels do at the end of a tile.
template <class T>
void finish(const Product<T>& p, T* sums) {
  if (p.update != nullptr) return apply(p, sums, p.n, 0, p.m, p.n);
  const T beta = p.init == Init::accumulate ? T(1) : p.beta;
  for (std::size_t i = 0; i < p.m; ++i, sums += p.n) {
    T* const c = p.c + static_cast<std::ptrdiff_t>(i) * p.c_row;
    for (std::size_t j = 0; j < p.n; ++j) {
      const T sum = p.alpha * sums[j];
      c[j] = p.init == Init::zero ? sum : p.init == Init::bias ? sum + p.bias[j] : sum + beta * c[j];
    }
  }
}

template <class T>
void short_gemm(const GemmKernels<T>& kernels, ThreadPool& pool, const Product<T>& p) {
  const bool along_k = p.a.col == 1 && p.b.row == 1;
  if (along_k && takes_dot_way(p.m, p.n, p.k)) {
    dot_gemm(kernels, pool, p);
    if (p.update != nullptr) apply(p, p.c, static_cast<std::size_t>(p.c_row), 0, p.m, p.n);
  } else {
    OuterGemm<T>(kernels, pool, p).run();
  }
}

template <class T>
void long_gemm(const GemmKernels<T>& kernels, ThreadPool& pool, const Product<T>& p) {
  const std::size_t parts = ceil_div(p.k, kLongSum), size = p.m * p.n;
  // A stack of sums of parts, each of fewer of them than the one below: 2^l parts for each bit l of their number so
  // far.
  thread_local AlignedBuffer memory;
  T* const sums = static_cast<T*>(memory.reserve((std::bit_width(parts) + 1) * size * sizeof(T)));
  std::size_t height = 0;
  const auto add_two = [&] {
    --height;
    T *const to = sums + (height - 1) * size, *const from = to + size;
    for (std::size_t i = 0; i < size; ++i) to[i] += from[i];
  };
  for (std::size_t i = 0; i < parts; ++i) {
    Product<T> part = p;
    part.k = std::min(kLongSum, p.k - i * kLongSum);
    part.a.data += static_cast<std::ptrdiff_t>(i * kLongSum) * p.a.col;
    part.b.data += static_cast<std::ptrdiff_t>(i * kLongSum) * p.b.row;
    part.c = sums + height++ * size;
    part.c_row = static_cast<std::ptrdiff_t>(p.n);
    part.alpha = 1;
    part.init = Init::zero;
    part.bias = nullptr;
    part.update = nullptr;
    short_gemm(kernels, pool, part);
    for (std::size_t done = i + 1; done % 2 == 0; done /= 2) add_two();
  }
  while (height > 1) add_two();
  finish(p, sums);
}

}  // namespace

template <class T>
void gemm(const GemmKernels<T>& kernels, ThreadPool& pool, const Product<T>& p) {
  if (p.m == 0 || p.n == 0) return;
  if (p.k > kLongSum)
    long_gemm(kernels, pool, p);
  else
    short_gemm(kernels, pool, p);
}

template void gemm(const GemmKernels<float>&, ThreadPool&, const Product<float>&);
template void gemm(const GemmKernels<double>&, ThreadPool&, const Product<double>&);

}  // namespace gemmnet
