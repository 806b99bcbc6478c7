// Philox 4×32-10, a counter-based generator (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2,
// 3", 2011): four random words that depend on a counter of four words and a key of two alone, so any part of a stream
// can be made again, anywhere and in any order.
#pragma once

#include "vec.h"

namespace gemmnet {
namespace {

// Words that are made together, from as many counters as 64 bytes have words, on every instruction set. A register of
// elements finds its words side by side: element 64·g + 16·w + l of a stream has word w of the counter 16·g + l.
constexpr std::size_t kCounters = 16, kDrawnTogether = 4 * kCounters;

constexpr int kRounds = 10;

// Which stream: the keys of the rounds, and the words of the counter that do not count elements.
struct Draw {
  std::uint32_t keys[kRounds][2];
  std::uint32_t step, stream;

  Draw(std::uint64_t key, std::uint32_t step_word, std::uint32_t stream_word) : step(step_word), stream(stream_word) {
    auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
    for (auto& round : keys) {
      round[0] = k0, round[1] = k1;
      k0 += 0x9E3779B9, k1 += 0xBB67AE85;
    }
  }
};

// The words of the elements from kDrawnTogether·group on.
inline void draw(const Draw& from, std::uint64_t group, std::uint32_t* words) {
  constexpr std::size_t width = Words::width;
  alignas(64) static constexpr std::uint64_t even[kCounters / 2] = {0, 2, 4, 6, 8, 10, 12, 14};
  const Words m0 = Words::set1(0xD2511F53), m1 = Words::set1(0xCD9E8D57), one = Words::set1(1);
  const std::uint64_t first = group * kCounters;
  const Words low = Words::set1(static_cast<std::uint32_t>(first)),
              high = Words::set1(static_cast<std::uint32_t>(first >> 32));
  // So many registers at once, of even counters and of odd ones in turn, that one does not wait for its own last
  // product: four take three quarters of the time of two, though not all fit in the registers of AVX2.
  constexpr std::size_t together = kCounters / width < 4 ? kCounters / width : 4;
  for (std::size_t counter = 0; counter < kCounters; counter += together * width) {
    Words c[together][4];
    for (std::size_t r = 0; r < together; ++r) {
      c[r][0] = low ^ Words::load(even + counter / 2 + r / 2 * width);
      if (r % 2 == 1) c[r][0] = c[r][0] ^ one;
      c[r][1] = high;
      c[r][2] = Words::set1(from.step);
      c[r][3] = Words::set1(from.stream);
    }
#pragma GCC unroll 10
    for (const auto& key : from.keys) {
      const Words key0 = Words::set1(key[0]), key1 = Words::set1(key[1]);
#pragma GCC unroll 4
      for (auto& x : c) {
        const Words p0 = multiply(x[0], m0), p1 = multiply(x[2], m1);
        x[0] = upper_half(p1) ^ (x[1] ^ key0);
        x[1] = p1;
        x[2] = upper_half(p0) ^ (x[3] ^ key1);
        x[3] = p0;
      }
    }
    for (std::size_t r = 0; r < together; r += 2)
      for (std::size_t w = 0; w < 4; ++w)
        store_alternating(c[r][w], c[r + 1][w], words + w * kCounters + counter + r * width);
  }
}

}  // namespace
}  // namespace gemmnet
