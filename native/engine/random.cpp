#include "random.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace gemmnet {
namespace {

constexpr std::size_t kWords = 624, kShift = 397;

// MT19937 (Matsumoto and Nishimura, 1998). What a step reads of this round lies 227 words back, so that steps run side
// by side.
void twist(std::uint32_t* key) {
  const auto mixed = [](std::uint32_t word, std::uint32_t next) {
    const std::uint32_t y = (word & 0x80000000u) | (next & 0x7fffffffu);
    return (y >> 1) ^ (-(y & 1u) & 0x9908b0dfu);
  };
  constexpr std::size_t back = kWords - kShift;
  for (std::size_t i = 0; i < back; ++i) key[i] = key[i + kShift] ^ mixed(key[i], key[i + 1]);
  for (std::size_t i = back; i < kWords - 1; ++i) key[i] = key[i - back] ^ mixed(key[i], key[i + 1]);
  key[kWords - 1] = key[kShift - 1] ^ mixed(key[kWords - 1], key[0]);
}

void next_words(LegacyRandom& state, std::uint32_t* out, std::size_t count) {
  while (count > 0) {
    if (state.position >= kWords) twist(state.key), state.position = 0;
    const std::size_t run = std::min(count, kWords - state.position);
    const std::uint32_t* words = state.key + state.position;
    for (std::size_t i = 0; i < run; ++i) {
      std::uint32_t y = words[i];
      y ^= y >> 11;
      y ^= y << 7 & 0x9d2c5680u;
      y ^= y << 15 & 0xefc60000u;
      out[i] = y ^ y >> 18;
    }
    state.position += static_cast<std::uint32_t>(run);
    out += run, count -= run;
  }
}

}  // namespace

void fill_uniforms(LegacyRandom& state, double* out, std::size_t count) {
  std::uint32_t words[kWords];
  while (count > 0) {
    const std::size_t run = std::min(count, kWords / 2);
    next_words(state, words, 2 * run);
    for (std::size_t i = 0; i < run; ++i) {
      // Of 27 and 26 bits: as signed words they are converted four at a time.
      const auto a = static_cast<std::int32_t>(words[2 * i] >> 5), b = static_cast<std::int32_t>(words[2 * i + 1] >> 6);
      out[i] = (a * 67108864.0 + b) / 9007199254740992.0;
    }
    out += run, count -= run;
  }
}

// Marsaglia's polar method gives pairs; the second of the last one waits in the state where the count is odd.
void fill_normals(LegacyRandom& state, double* out, std::size_t count) {
  if (count == 0) return;
  double* const end = out + count;
  if (state.has_gauss) *out++ = state.gauss;
  state.has_gauss = false, state.gauss = 0;
  constexpr std::size_t most = 256;
  double uniforms[2 * most], x[most], y[most], square[most];
  while (out < end) {
    // A point gives one pair at most: so none is drawn that the last normal does not need.
    const std::size_t points = std::min(most, static_cast<std::size_t>(end - out + 1) / 2);
    fill_uniforms(state, uniforms, 2 * points);
    std::size_t inside = 0;
    for (std::size_t i = 0; i < points; ++i) {
      x[inside] = 2.0 * uniforms[2 * i] - 1.0;
      y[inside] = 2.0 * uniforms[2 * i + 1] - 1.0;
      square[inside] = x[inside] * x[inside] + y[inside] * y[inside];
      inside += square[inside] < 1.0 && square[inside] != 0.0 ? 1 : 0;
    }
    for (std::size_t i = 0; i < inside; ++i) {
      const double factor = std::sqrt(-2.0 * std::log(square[i]) / square[i]);
      *out++ = factor * y[i];
      if (out < end)
        *out++ = factor * x[i];
      else
        state.has_gauss = true, state.gauss = factor * x[i];
    }
  }
}

// Words are masked to the bits of max, and those above it passed over.
void fill_bounded(LegacyRandom& state, std::int32_t* out, std::size_t count, std::uint32_t max) {
  if (max == 0) {
    std::fill_n(out, count, 0);
    return;
  }
  const std::uint32_t mask = 0xffffffffu >> std::countl_zero(max);
  std::uint32_t words[kWords];
  while (count > 0) {
    // A word gives one integer at most: so none is drawn that the last one does not need.
    const std::size_t run = std::min(count, kWords);
    next_words(state, words, run);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < run; ++i) {
      const std::uint32_t value = words[i] & mask;
      out[kept] = static_cast<std::int32_t>(value);
      kept += value <= max ? 1 : 0;
    }
    out += kept, count -= kept;
  }
}

}  // namespace gemmnet
