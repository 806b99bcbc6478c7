// The variates of NumPy's legacy RandomState, bit for bit.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gemmnet {

struct LegacyRandom {
  std::uint32_t* key;      // 624 words of MT19937
  std::uint32_t position;  // 0 … 624
  bool has_gauss;
  double gauss;  // the second value of the last pair
};

// 53 bits each, in [0, 1).
void fill_uniforms(LegacyRandom& state, double* out, std::size_t count);

void fill_normals(LegacyRandom& state, double* out, std::size_t count);

// Integers in 0 … max, max < 2³¹.
void fill_bounded(LegacyRandom& state, std::int32_t* out, std::size_t count, std::uint32_t max);

}  // namespace gemmnet
