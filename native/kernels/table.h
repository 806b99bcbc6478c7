// The kernel table: all that the engine knows of an instruction set. Each file in isa/ fills one for float and one for
// double.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gemmnet {

enum class Op : std::uint8_t {
#define GEMMNET_OP(name, driver, signature) name,
#include "kernels.inc"
#undef GEMMNET_OP
  count
};

inline constexpr std::size_t kOpCount = static_cast<std::size_t>(Op::count);

// What a kernel works on: a block of rows·cols elements of each operand. `rows` is 1 for elementwise kernels.
struct Block {
  std::size_t rows;
  std::size_t cols;
  // From one row to the next, in elements; only the drivers of columns split rows.
  std::size_t row_stride;
  // Rows of the whole batch, of which this block may be a part: the n in "mean over n".
  std::size_t total_rows;
  // Drivers of rows: columns of the second operand, which may be others than `cols`. That of groups: how many groups.
  std::size_t second_cols;
  void* const* operands;
  // Hyper-parameters in the order of the signature.
  const double* scalars;
  // Where a reduction puts the sum of each row.
  double* partial;
  // Elementwise kernels, with several rows: from one row to the next, of each operand.
  const std::size_t* operand_strides = nullptr;
  // Ops that draw: the index, in the whole operand, of the first element.
  std::size_t first = 0;
  // Columns: where the sums of these rows go, of T, one row for each sum; or, with no rows, where they come from, to be
  // made the result. Null: both at once.
  void* sums = nullptr;
  // In the order of the signature.
  const std::int32_t* attributes = nullptr;
};

using Kernel = void(const Block&);

// Rows that sums down the columns add one after another (kernels/columns.h).
inline constexpr std::size_t kChainedRows = 256;

// How the first block of a product's inner dimension meets what is in C.
enum class Init : std::uint8_t {
  zero,        // C = alpha·A·B, C is not read
  accumulate,  // C = alpha·A·B + C
  scale,       // C = alpha·A·B + beta·C
  bias,        // C = alpha·A·B + a row vector
};

// A step of gradient descent on parameters w of which C is the gradient: w −= rate·(g + shrink[0]·w + shrink[1]·w), the
// ops axpy and sgd. Of two ways to shrink w that are rarely both wanted, the second is 0 where there is but one.
template <class T>
struct Descent {
  T rate;
  T shrink[2];
};

// One tile of C. Strides are in elements.
template <class T>
struct Tile {
  std::size_t k;
  const T* a;
  std::ptrdiff_t a_row, a_col;
  const T* b;
  std::ptrdiff_t b_row;
  T* c;
  std::ptrdiff_t c_row;
  // Columns of C: for stripes, and for outer-product kernels at its edge.
  std::size_t cols;
  const T* bias;
  T alpha, beta;
  Init init;
  // Instead of being stored, the sums are the gradient of the parameters that lie at c; alpha and init do not count.
  bool descends;
  Descent<T> descent;
  // Kernels of runs: the inner dimension consists of so many runs of k steps, between which A and B go on somewhere
  // else.
  std::size_t runs;
  std::ptrdiff_t a_jump, b_jump;
};

template <class T>
using TileKernel = void(const Tile<T>&);

inline constexpr std::size_t kMaxOuterRows = 14;
inline constexpr std::size_t kMaxStripeRows = 4;
// Stripes are for an inner dimension of at most so many steps.
inline constexpr std::size_t kMaxStripeDepth = 4;
inline constexpr std::size_t kMaxDotRows = 5;
inline constexpr std::size_t kMaxDotCols = 5;

// The inner dimension is summed in blocks of this length, whose sums are then added: fewer roundings in a row, and,
// being the same everywhere, part of what makes results independent of the instruction set.
inline constexpr std::size_t kInnerBlock = 512;

template <class T>
struct GemmKernels {
  // Outer-product kernels: vectors run along the columns of B and C. outer[0][r−1][v−1] makes a tile of r rows and
  // v·width columns, outer[1][r−1][v−1] one of fewer columns.
  std::size_t width;
  std::size_t outer_rows;
  // Tiles of one register may have more rows.
  std::size_t narrow_rows;
  TileKernel<T>* outer[2][kMaxOuterRows][2];
  // The same, with an inner dimension in runs.
  TileKernel<T>* runs[2][kMaxOuterRows][2];
  // Stripe kernels: as the outer ones, but for any number of columns. stripe[r−1][k−1] makes r rows, of k steps.
  std::size_t stripe_rows;
  TileKernel<T>* stripe[kMaxStripeRows][kMaxStripeDepth];
  // Dot-product kernels: vectors run along the inner dimension; b_row leads from one column of B to the next.
  // dot[r−1][c−1].
  std::size_t dot_rows, dot_cols;
  TileKernel<T>* dot[kMaxDotRows][kMaxDotCols];
  // Copies k × cols elements, at b[i·row + j·col], to a panel of `panel` columns, zero beyond `cols`; `panel` is the
  // least multiple of the width that holds them.
  void (*pack)(T* to, const T* b, std::ptrdiff_t row, std::ptrdiff_t col, std::size_t k, std::size_t cols,
               std::size_t panel);
};

template <class T>
struct KernelTable {
  GemmKernels<T> gemm;
  // Indexed by Op; null for products, and for what reads data of any dtype.
  Kernel* kernels[kOpCount];
  // From float32, float64, int32 and uint8 data; normalized and standardized, which compute in T, to float32 and
  // float64 (null where that is wider than T).
  Kernel* gather[4];
  Kernel* normalized[4][2];
  Kernel* standardized[4][2];
  Kernel* column_summary[4];
  Kernel* column_moments[4];
  // Sums that a driver of columns makes of each column; 0 for other ops.
  std::uint8_t column_sums[kOpCount];
};

struct InstructionSet {
  const char* name;
  KernelTable<float> f32;
  KernelTable<double> f64;
};

// One for each file in isa/; a build has those of its architecture. To be called only on a CPU that has the instruction
// set.
const InstructionSet* baseline_kernels();
const InstructionSet* avx2_kernels();
const InstructionSet* avx512_kernels();

}  // namespace gemmnet
