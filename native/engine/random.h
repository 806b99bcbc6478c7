// The normal variates of NumPy's legacy RandomState, bit for bit.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gemmnet {

struct LegacyGauss {
  std::uint32_t* key;      // 624 words of MT19937
  std::uint32_t position;  // 0 … 624
  bool has_gauss;
  double gauss;  // the second value of the last pair
};

void fill_normals(LegacyGauss& state, double* out, std::size_t count);

}  // namespace gemmnet
