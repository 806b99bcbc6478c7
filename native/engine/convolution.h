// Convolutions of pictures whose channels come last, and their gradients: products in which one factor, the windows of
// the pictures as rows, is never made.
#pragma once

#include "gemm.h"

namespace gemmnet {

// Pictures (height, width, channels) under windows (kernel_height, kernel_width), with zeros around them.
struct Windows {
  std::size_t pictures, height, width, channels;
  std::size_t kernel_height, kernel_width, stride_y, stride_x, padding_y, padding_x;
  std::size_t out_height, out_width;

  // Numbers in a window, and windows of a picture.
  std::size_t size() const { return kernel_height * kernel_width * channels; }
  std::size_t count() const { return out_height * out_width; }
};

// For all three, x and dx are (pictures·height·width, channels), y and dy (pictures·out_height·out_width, filters), w
// and dw (filters, size). Results depend neither on the number of threads nor, among instruction sets with fused
// multiply-add, on the kernels. May throw std::bad_alloc, before anything is written.

// y = windows(x)·wᵀ + bias
template <class T>
void convolve(const GemmKernels<T>& kernels, ThreadPool& pool, const Windows& windows, std::size_t filters, const T* x,
              const T* w, const T* bias, T* y);

// dw = dyᵀ·windows(x) + beta·dw
template <class T>
void convolve_weights(const GemmKernels<T>& kernels, ThreadPool& pool, const Windows& windows, std::size_t filters,
                      const T* dy, const T* x, T beta, T* dw);

// dx = beta·dx and, in each of its windows, dy·w
template <class T>
void convolve_input(const GemmKernels<T>& kernels, ThreadPool& pool, const Windows& windows, std::size_t filters,
                    const T* dy, const T* w, T beta, T* dx);

}  // namespace gemmnet
