// Fills the kernel tables for the instruction set of the including file: the whole of an ISA file but its name and its
// flags.
#pragma once

#include <utility>

#include "activations.h"
#include "chance.h"
#include "clipping.h"
#include "columns.h"
#include "data_columns.h"
#include "dot_kernel.h"
#include "elementwise.h"
#include "gated_activations.h"
#include "gather.h"
#include "group_norm.h"
#include "losses_classes.h"
#include "losses_numbers.h"
#include "normalization.h"
#include "outer_kernel.h"
#include "pack.h"
#include "pictures.h"
#include "pooling.h"
#include "prelu.h"
#include "reductions.h"
#include "rows.h"
#include "stripe_kernel.h"
#include "updates.h"

namespace gemmnet {
namespace {

// Rows of C that fit in the registers, beside the vectors of B and a broadcast element of A; for stripes, beside all
// that the kernel needs of A.
#if defined(GEMMNET_AVX512)
constexpr std::size_t kOuterRows = 14, kStripeRows = 4, kDotRows = 5, kDotCols = 5;
#elif defined(__aarch64__)
constexpr std::size_t kOuterRows = 12, kStripeRows = 4, kDotRows = 5, kDotCols = 5;
#else
constexpr std::size_t kOuterRows = 6, kStripeRows = 2, kDotRows = 4, kDotCols = 3;
#endif

// With one vector of B there is room for twice as many rows.
constexpr std::size_t kNarrowRows = 2 * kOuterRows < kMaxOuterRows ? 2 * kOuterRows : kMaxOuterRows;

template <class T, bool Edge, std::size_t... R>
constexpr void fill_narrow(GemmKernels<T>& g, std::index_sequence<R...>) {
  ((g.outer[Edge][R][0] = outer_tile<T, R + 1, 1, Edge>, g.runs[Edge][R][0] = outer_tile<T, R + 1, 1, Edge, true>),
   ...);
}

template <class T, bool Edge, std::size_t... R>
constexpr void fill_wide(GemmKernels<T>& g, std::index_sequence<R...>) {
  ((g.outer[Edge][R][1] = outer_tile<T, R + 1, 2, Edge>, g.runs[Edge][R][1] = outer_tile<T, R + 1, 2, Edge, true>),
   ...);
}

template <class T, std::size_t R, std::size_t... K>
constexpr void fill_stripes_of(GemmKernels<T>& g, std::index_sequence<K...>) {
  ((g.stripe[R][K] = stripe<T, R + 1, K + 1>), ...);
}

template <class T, std::size_t... R>
constexpr void fill_stripes(GemmKernels<T>& g, std::index_sequence<R...>) {
  (fill_stripes_of<T, R>(g, std::make_index_sequence<kMaxStripeDepth>()), ...);
}

template <class T, std::size_t R, std::size_t... C>
constexpr void fill_dot_row(GemmKernels<T>& g, std::index_sequence<C...>) {
  ((g.dot[R][C] = dot_tile<T, R + 1, C + 1>), ...);
}

template <class T, std::size_t... R>
constexpr void fill_dot(GemmKernels<T>& g, std::index_sequence<R...>) {
  (fill_dot_row<T, R>(g, std::make_index_sequence<kDotCols>()), ...);
}

template <class From, class T>
constexpr void fill_data_kernels(KernelTable<T>& table, std::size_t from) {
  table.gather[from] = gather<From, T>;
  table.normalized[from][0] = normalized<From, T, float>;
  table.standardized[from][0] = standardized<From, T, float>;
  if constexpr (sizeof(T) == sizeof(double)) {
    table.normalized[from][1] = normalized<From, T, double>;
    table.standardized[from][1] = standardized<From, T, double>;
  }
  table.column_summary[from] = column_summary<From, T>;
  table.column_moments[from] = column_moments<From, T>;
}

template <class T>
constexpr KernelTable<T> make_table() {
  KernelTable<T> table{};
  table.gemm.width = Vec<T>::width;
  table.gemm.outer_rows = kOuterRows;
  table.gemm.narrow_rows = kNarrowRows;
  table.gemm.stripe_rows = kStripeRows;
  table.gemm.dot_rows = kDotRows;
  table.gemm.dot_cols = kDotCols;
  table.gemm.pack = pack_panel<T>;
  fill_narrow<T, false>(table.gemm, std::make_index_sequence<kNarrowRows>());
  fill_narrow<T, true>(table.gemm, std::make_index_sequence<kNarrowRows>());
  fill_wide<T, false>(table.gemm, std::make_index_sequence<kOuterRows>());
  fill_wide<T, true>(table.gemm, std::make_index_sequence<kOuterRows>());
  fill_stripes<T>(table.gemm, std::make_index_sequence<kStripeRows>());
  fill_dot<T>(table.gemm, std::make_index_sequence<kDotRows>());
  fill_data_kernels<float>(table, 0);
  fill_data_kernels<double>(table, 1);
  fill_data_kernels<std::int32_t>(table, 2);
  fill_data_kernels<std::uint8_t>(table, 3);

#define GEMMNET_KERNEL_product(name) nullptr
#define GEMMNET_KERNEL_gather(name) nullptr
#define GEMMNET_KERNEL_elementwise(name) elementwise<T, op::name>
#define GEMMNET_KERNEL_update(name) elementwise<T, op::name>
#define GEMMNET_KERNEL_rows(name) name<T>
#define GEMMNET_KERNEL_chance(name) chance<T, op::name>
#define GEMMNET_KERNEL_light_rows(name) name<T>
#define GEMMNET_KERNEL_columns(name) columns<T, op::name>
#define GEMMNET_KERNEL_data_columns(name) nullptr
#define GEMMNET_KERNEL_layout(name) transposed<T>
#define GEMMNET_KERNEL_convolution(name) nullptr
#define GEMMNET_KERNEL_pooling(name) name<T>
#define GEMMNET_KERNEL_groups(name) name<T>
#define GEMMNET_KERNEL_reduction(name) name<T>
#define GEMMNET_OP(name, driver, signature) \
  table.kernels[static_cast<std::size_t>(Op::name)] = GEMMNET_KERNEL_##driver(name);
#include "kernels.inc"
#undef GEMMNET_OP

#define GEMMNET_SUMS_product(name) 0
#define GEMMNET_SUMS_gather(name) 0
#define GEMMNET_SUMS_elementwise(name) 0
#define GEMMNET_SUMS_chance(name) 0
#define GEMMNET_SUMS_update(name) 0
#define GEMMNET_SUMS_rows(name) 0
#define GEMMNET_SUMS_light_rows(name) 0
#define GEMMNET_SUMS_columns(name) op::name::sums
#define GEMMNET_SUMS_data_columns(name) 0
#define GEMMNET_SUMS_layout(name) 0
#define GEMMNET_SUMS_convolution(name) 0
#define GEMMNET_SUMS_pooling(name) 0
#define GEMMNET_SUMS_groups(name) 0
#define GEMMNET_SUMS_reduction(name) 0
#define GEMMNET_OP(name, driver, signature) \
  table.column_sums[static_cast<std::size_t>(Op::name)] = GEMMNET_SUMS_##driver(name);
#include "kernels.inc"
#undef GEMMNET_OP
  return table;
}

}  // namespace
}  // namespace gemmnet

// A constant: no code of an ISA file may run before the CPU was looked at, so nothing is left to initialize at load
// time.
#define GEMMNET_DEFINE_INSTRUCTION_SET(id, label)                                        \
  constexpr InstructionSet id##_table{label, make_table<float>(), make_table<double>()}; \
  const InstructionSet* id##_kernels() { return &id##_table; }
