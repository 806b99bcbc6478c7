// Ops that draw: elementwise, with random bits that depend on an element's index alone, and so neither on threads nor
// on the instruction set. Their bodies are as those of elementwise.h, but get besides which elements are kept.
#pragma once

#include <cmath>

#include "../simd/philox.h"
#include "elementwise.h"

namespace gemmnet {
namespace {

// The scalars that all of them begin with: keep seed stream step.
constexpr std::size_t kDrawScalars = 4;

// A whole number below 2^53; what is none counts as 0, in lib/backend/js too.
inline std::uint64_t whole(double value) {
  return value >= 0 && value < 9007199254740992.0 ? static_cast<std::uint64_t>(value) : 0;
}

inline Draw draw_of(const double* scalars) {
  return {whole(scalars[1]), static_cast<std::uint32_t>(whole(scalars[3])),
          static_cast<std::uint32_t>(whole(scalars[2]))};
}

// keep·2^32: an element is kept if its word is less. 2^32 keeps all.
inline double threshold_of(double keep) {
  const double threshold = std::floor(keep * 4294967296.0 + 0.5);
  return threshold > 0 ? (threshold < 4294967296.0 ? threshold : 4294967296.0) : 0;
}

inline bool keeps_all(double keep) { return threshold_of(keep) == 4294967296.0; }

template <class T, class Op, unsigned Reads>
void draw_elements(const Block& block, const Vec<T>* constants) {
  using V = Vec<T>;
  // Registers may be read beyond the last word.
  alignas(64) std::uint32_t words[kDrawnTogether + V::width] = {};
  const Draw from = draw_of(block.scalars);
  // Where all are kept, the constants of both kinds are equal.
  const auto limit = static_cast<std::uint32_t>(keeps_all(block.scalars[0]) ? 0 : threshold_of(block.scalars[0]));
  T* p[Op::operands];
  for (std::size_t o = 0; o < Op::operands; ++o) p[o] = static_cast<T*>(block.operands[o]);
  V v[Op::operands];
  for (std::size_t i = 0; i < block.cols;) {
    const std::size_t at = (block.first + i) % kDrawnTogether, left = block.cols - i;
    const std::size_t end = i + (left < kDrawnTogether - at ? left : kDrawnTogether - at);
    draw(from, (block.first + i) / kDrawnTogether, words);
    const std::uint32_t* word = words + at;
    for (; i + V::width <= end; i += V::width, word += V::width) {
      for (std::size_t o = 0; o < Op::operands; ++o) v[o] = Reads >> o & 1 ? V::load(p[o] + i) : V::zero();
      Op::run(v, constants, V::below(word, limit));
      for (std::size_t o = 0; o < Op::operands; ++o)
        if (Op::writes >> o & 1) v[o].store(p[o] + i);
    }
    if (i == end) continue;
    for (std::size_t o = 0; o < Op::operands; ++o) v[o] = Reads >> o & 1 ? V::load_first(p[o] + i, end - i) : V::zero();
    Op::run(v, constants, V::below(word, limit));
    for (std::size_t o = 0; o < Op::operands; ++o)
      if (Op::writes >> o & 1) v[o].store_first(p[o] + i, end - i);
    i = end;
  }
}

template <class T, class Op>
void chance(const Block& block) {
  double prepared[Op::constants];
  Vec<T> constants[Op::constants];
  Op::prepare(block.scalars, prepared);
  for (std::size_t i = 0; i < Op::constants; ++i) constants[i] = Vec<T>::set1(static_cast<T>(prepared[i]));
  // With beta = 0 what is to be overwritten is not read.
  if ((Op::reads & Op::writes) != 0 && block.scalars[kDrawScalars] == 0)
    draw_elements<T, Op, Op::reads & ~Op::writes>(block, constants);
  else
    draw_elements<T, Op, Op::reads>(block, constants);
}

// α′ of SELU's units, the value −λα that they saturate at (Klambauer et al. 2017).
constexpr double kAlphaDropout = -1.7580993408473766;

// The factor by which alpha dropout keeps the variance: (keep·(1 + α′²·(1 − keep)))^(−½).
inline double alpha_scale(double keep) {
  return 1 / std::sqrt(keep * (1 + kAlphaDropout * kAlphaDropout * (1 - keep)));
}

namespace op {

// y = β·y + x·mask/keep
struct dropout : Access<0b11, 0b10, 3> {
  static void prepare(const double* s, double* c) {
    c[0] = 1 / s[0], c[1] = keeps_all(s[0]) ? c[0] : 0, c[2] = s[kDrawScalars];
  }
  template <class V, class Mask>
  static void run(V* v, const V* c, Mask kept) {
    v[1] = fma(c[2], v[1], v[0] * select(kept, c[0], c[1]));
  }
};

// y = a·(x·mask + α′·(1 − mask)) + b with b = −a·α′·(1 − keep)
struct alpha_dropout : Access<0b01, 0b10, 4> {
  static void prepare(const double* s, double* c) {
    const double keep = s[0], a = alpha_scale(keep);
    const bool all = keeps_all(keep);
    c[0] = a, c[1] = all ? a : 0;
    c[2] = -a * kAlphaDropout * (1 - keep), c[3] = all ? c[2] : c[2] + a * kAlphaDropout;
  }
  template <class V, class Mask>
  static void run(V* v, const V* c, Mask kept) {
    v[1] = fma(v[0], select(kept, c[0], c[1]), select(kept, c[2], c[3]));
  }
};

// dx = β·dx + a·mask·dy
struct alpha_dropout_backward : dropout {
  static void prepare(const double* s, double* c) {
    c[0] = alpha_scale(s[0]), c[1] = keeps_all(s[0]) ? c[0] : 0, c[2] = s[kDrawScalars];
  }
};

}  // namespace op
}  // namespace
}  // namespace gemmnet
