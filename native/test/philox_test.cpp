// Philox by its known answers, and what the ops that draw make of it, on every instruction set.
#include "../simd/philox.h"

#include "support.h"

namespace gemmnet::test {
namespace {

// tests/kat_vectors of Random123 1.14.0 (D. E. Shaw Research), the lines "philox4x32 10".
struct KnownAnswer {
  std::uint32_t counter[4], key[2], words[4];
};

constexpr KnownAnswer kKnownAnswers[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

std::uint64_t joined(const std::uint32_t* words) { return words[0] | std::uint64_t(words[1]) << 32; }

TEST_CASE("Philox 4x32-10 gives its known answers") {
  for (const KnownAnswer& known : kKnownAnswers) {
    const std::uint64_t counter = joined(known.counter);
    std::uint32_t words[kDrawnTogether];
    draw(Draw(joined(known.key), known.counter[2], known.counter[3]), counter / kCounters, words);
    for (std::size_t w = 0; w < 4; ++w) CHECK(words[w * kCounters + counter % kCounters] == known.words[w]);
  }
}

TEST_CASE_TEMPLATE("dropout draws the same for any part of a range", T, float, double) {
  constexpr std::size_t size = 300;
  const double scalars[] = {0.6, 77, 3, 5, 0};
  const auto x = noise<T>(size, 3);
  std::vector<T> whole;
  each_instruction_set([&](const InstructionSet& set) {
    Kernel* const dropout = table_of<T>(set).kernels[static_cast<std::size_t>(Op::dropout)];
    const auto run = [&](std::vector<T>& y, std::size_t first, std::size_t last) {
      void* operands[] = {const_cast<T*>(x.data()) + first, y.data() + first};
      dropout({1, last - first, 0, 1, 0, operands, scalars, nullptr, nullptr, first});
    };
    std::vector<T> all(size, kNaN<T>);
    run(all, 0, size);
    if (whole.empty()) whole = all;
    CHECK(same_bits(all, whole));
    for (std::size_t cut = 0; cut <= size; cut += 7) {
      std::vector<T> parts(size, kNaN<T>);
      run(parts, 0, cut);
      run(parts, cut, size);
      REQUIRE(same_bits(parts, whole));
    }
  });
}

}  // namespace
}  // namespace gemmnet::test
