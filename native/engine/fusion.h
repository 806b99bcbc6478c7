// Which products of a training step make gradients that nobody but the update reads: those can update their parameters
// tile by tile, and the gradients are never written. Found by looking at the instructions; the results are the same
// bits.
#pragma once

#include <vector>

#include "executor.h"

namespace gemmnet {

struct FusedProduct {
  // Instructions: the product, and the axpy that adds the gradient of L2 regularization (or kNone).
  std::size_t product, axpy;
  // The first element of the product's gradient within the update's operands.
  std::size_t offset;
};

struct Fusion {
  std::vector<FusedProduct> products;
  // The update, and the elements [first, last) that are left to it.
  std::size_t update = kNone;
  std::vector<Range> rest;

  // The product that does the work of `instruction`, be it itself or an axpy; null for others.
  const FusedProduct* of(std::size_t instruction) const;
};

// `scalars` are those of the run: there stands whether a product is a plain one, with alpha = 1 and beta = 0.
Fusion plan_fusion(const Program& program, const double* scalars);

}  // namespace gemmnet
