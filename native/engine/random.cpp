#include "random.h"

#include <cmath>

namespace gemmnet {
namespace {

constexpr std::uint32_t kWords = 624, kShift = 397;

// MT19937 (Matsumoto and Nishimura, 1998).
std::uint32_t next_word(LegacyGauss& state) {
  std::uint32_t* key = state.key;
  if (state.position >= kWords) {
    for (std::uint32_t i = 0; i < kWords; ++i) {
      const std::uint32_t y = (key[i] & 0x80000000u) | (key[(i + 1) % kWords] & 0x7fffffffu);
      key[i] = key[(i + kShift) % kWords] ^ (y >> 1) ^ ((y & 1u) != 0 ? 0x9908b0dfu : 0u);
    }
    state.position = 0;
  }
  std::uint32_t y = key[state.position++];
  y ^= y >> 11;
  y ^= y << 7 & 0x9d2c5680u;
  y ^= y << 15 & 0xefc60000u;
  return y ^ y >> 18;
}

// 53 bits in [0, 1).
double next_double(LegacyGauss& state) {
  const std::uint32_t a = next_word(state) >> 5, b = next_word(state) >> 6;
  return (a * 67108864.0 + b) / 9007199254740992.0;
}

// Marsaglia's polar method gives pairs; the second of each waits in the state.
double next_gauss(LegacyGauss& state) {
  if (state.has_gauss) {
    state.has_gauss = false;
    const double waiting = state.gauss;
    state.gauss = 0;
    return waiting;
  }
  double x, y, square;
  do {
    x = 2.0 * next_double(state) - 1.0;
    y = 2.0 * next_double(state) - 1.0;
    square = x * x + y * y;
  } while (square >= 1.0 || square == 0.0);
  const double factor = std::sqrt(-2.0 * std::log(square) / square);
  state.gauss = factor * x;
  state.has_gauss = true;
  return factor * y;
}

}  // namespace

void fill_normals(LegacyGauss& state, double* out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) out[i] = next_gauss(state);
}

}  // namespace gemmnet
