// The matrix product C = alpha·A·B + beta·C (or + a row vector), for any strides of A and B.
#pragma once

#include "signature.h"
#include "thread_pool.h"

namespace gemmnet {

// Element (i, j) is data[i·row + j·col].
template <class T>
struct Matrix {
  const T* data;
  std::ptrdiff_t row, col;
};

// What becomes of C where it is the gradient of parameters that are to be updated at once: instead of being stored,
// each part of it goes through elementwise ops while it is in the cache.
template <class T>
struct Update {
  struct Step {
    Kernel* kernel;
    const double* scalars;
    // Matrices of C's shape, the one at kGradient being C itself (and null).
    T* operands[kMaxOperands];
  };
  static constexpr std::size_t kGradient = 1;
  Step steps[2];
  std::size_t count;
  // Not null: the steps are a Descent of these parameters, for which a tile need not even leave the registers.
  T* w = nullptr;
  Descent<T> descent{};
};

template <class T>
struct Product {
  std::size_t m, n, k;
  Matrix<T> a;  // m × k
  Matrix<T> b;  // k × n
  T* c;         // m × n, rows contiguous
  std::ptrdiff_t c_row;
  T alpha = 1;
  T beta = 0;
  const T* bias = nullptr;  // n, with Init::bias
  Init init = Init::zero;
  // With an update, what is in C afterwards is of no use.
  const Update<T>* update = nullptr;
  // Only what is on and above the diagonal of C is wanted: tiles below it are left out.
  bool upper = false;
};

// The result depends on the sizes and strides alone, neither on the number of threads nor, among instruction sets with
// fused multiply-add, on the kernels. May throw std::bad_alloc, before anything is written.
template <class T>
void gemm(const GemmKernels<T>& kernels, ThreadPool& pool, const Product<T>& product);

extern template void gemm(const GemmKernels<float>&, ThreadPool&, const Product<float>&);
extern template void gemm(const GemmKernels<double>&, ThreadPool&, const Product<double>&);

}  // namespace gemmnet
