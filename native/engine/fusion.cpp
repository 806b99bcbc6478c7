#include "fusion.h"

#include <algorithm>

namespace gemmnet {
namespace {

bool is_update(Op op) { return signature_of(op).driver == Driver::update; }

bool is_gemm(Op op) { return op >= Op::gemm_nn && op <= Op::gemm_tt; }

// The operands of axpy and of all update rules begin with the parameters and their gradient.
constexpr std::size_t kParameters = 0, kGradient = 1;

// A part of a buffer, in elements. A slot of as many rows as the batch has is taken for one that goes on for ever.
struct Extent {
  std::size_t buffer, begin, end;

  bool operator==(const Extent&) const = default;
  bool overlaps(const Extent& other) const { return buffer == other.buffer && begin < other.end && other.begin < end; }
};

Extent extent_of(const Slot& slot) {
  return {slot.buffer, slot.offset, slot.batch ? kNone : slot.offset + slot.rows * slot.cols};
}

class Planner {
 public:
  Planner(const Program& program, const double* scalars) : program_(program), scalars_(scalars) {}

  Fusion plan() {
    Fusion fusion;
    const auto& code = program_.instructions;
    const auto update = std::find_if(code.rbegin(), code.rend(), [](const auto& i) { return is_update(i.op); });
    if (update == code.rend()) return fusion;
    update_ = static_cast<std::size_t>(code.rend() - update) - 1;
    for (std::size_t i = 0; i < update_; ++i)
      if (is_gemm(code[i].op)) try_fuse(i, fusion);

    std::sort(fusion.products.begin(), fusion.products.end(),
              [](const auto& a, const auto& b) { return a.offset < b.offset; });
    fusion.update = update_;
    const Extent all = extent(update_, kGradient);
    std::size_t covered = 0;
    for (const FusedProduct& fused : fusion.products) {
      if (covered < fused.offset) fusion.rest.push_back({covered, fused.offset});
      const Extent own = extent(fused.product, 2);
      covered = fused.offset + (own.end - own.begin);
    }
    if (covered < all.end - all.begin) fusion.rest.push_back({covered, all.end - all.begin});
    return fusion;
  }

 private:
  Extent extent(std::size_t instruction, std::size_t operand) const {
    return extent_of(program_.slots[program_.instructions[instruction].slots[operand]]);
  }

  // Between the product and the update nobody may look at the gradient or at the parameters, but for one axpy of the
  // one to the other.
  void try_fuse(std::size_t product, Fusion& fusion) const {
    const Instruction& gemm = program_.instructions[product];
    const Extent gradient = extent(product, 2), gradients = extent(update_, kGradient);
    const bool inside = gradient.buffer == gradients.buffer && gradients.begin <= gradient.begin &&
                        gradient.end <= gradients.end && gradient.end != kNone;
    if (!inside || scalars_[gemm.scalars[0]] != 1 || scalars_[gemm.scalars[1]] != 0) return;
    const std::size_t offset = gradient.begin - gradients.begin;
    const Extent all = extent(update_, kParameters);
    const Extent parameters{all.buffer, all.begin + offset, all.begin + offset + (gradient.end - gradient.begin)};

    std::size_t axpy = kNone;
    for (std::size_t i = 0; i < update_; ++i) {
      const Instruction& other = program_.instructions[i];
      if (i == product) continue;
      const bool regularizes = i > product && other.op == Op::axpy && axpy == kNone &&
                               extent(i, kParameters) == parameters && extent(i, kGradient) == gradient;
      if (regularizes) {
        axpy = i;
        continue;
      }
      for (std::size_t o = 0; o < signature_of(other.op).operands.size(); ++o) {
        const Extent touched = extent(i, o);
        if (touched.overlaps(gradient) || (i > product && touched.overlaps(parameters))) return;
      }
    }
    if (extent(product, 0).overlaps(parameters) || extent(product, 1).overlaps(parameters)) return;
    fusion.products.push_back({product, axpy, offset});
  }

  const Program& program_;
  const double* scalars_;
  std::size_t update_ = 0;
};

}  // namespace

const FusedProduct* Fusion::of(std::size_t instruction) const {
  for (const FusedProduct& fused : products)
    if (fused.product == instruction || fused.axpy == instruction) return &fused;
  return nullptr;
}

Fusion plan_fusion(const Program& program, const double* scalars) { return Planner(program, scalars).plan(); }

}  // namespace gemmnet
