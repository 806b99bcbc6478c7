#include "../engine/decimal.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "support.h"

namespace gemmnet::test {
namespace {

Decimal read(const std::string& text, int point = '.') {
  return read_decimal(text.data(), text.data() + text.size(), point);
}

}  // namespace

TEST_SUITE_BEGIN("decimal");

TEST_CASE("decimals are what the C library makes of them") {
  for (const std::string text : {"0", "-0", "+7", "12.5", "-12.5e-3", ".5", "5.", "1E2", "007.50", "1e-22", "0e999",
                                 "0.0e-25", "0e40", "9007199254740993", "18446744073709551615",
                                 "0.1000000000000000055511151231257827", "123456789012345678901234567890"}) {
    CAPTURE(text);
    const Decimal number = read(text);
    CHECK(std::bit_cast<std::uint64_t>(number.value) ==
          std::bit_cast<std::uint64_t>(std::strtod(text.c_str(), nullptr)));
  }
}

TEST_CASE("no number, and where it ends") {
  for (const std::string text : {"", "-", ".", "+.", "1e", "1e+", "e5", "x"}) {
    CAPTURE(text);
    CHECK(std::isnan(read(text).value));
  }
  const std::string text = "1.5.2";
  CHECK(read(text).end == text.data() + 3);
  CHECK(read("1,5", ',').value == 1.5);
  CHECK(read("1.5", 256).value == 1);
  // What digits that were dropped decide, and far exponents, are left to whoever asks the text.
  CHECK(std::isnan(read("9007199254740993.00000000001").value));
  CHECK(std::isnan(read("1e300").value));
  CHECK(std::isnan(read("1e99999999999999999999999").value));
}

TEST_CASE("doubles as they are printed, neighbours of half-way points, and any digits") {
  std::mt19937_64 rng(7);
  int readable = 0;
  for (int trial = 0; trial < 200'000; ++trial) {
    const double near = (static_cast<double>(rng()) / 1.8446744073709552e19 - 0.5) * std::pow(10.0, trial % 40 - 20);
    char text[80];
    if (trial % 3 == 0) std::snprintf(text, sizeof text, "%.*g", 15 + trial % 10, near);
    if (trial % 3 == 1)
      std::snprintf(text, sizeof text, "%llue-%d", ((1ull << 53) + rng() % (1ull << 53)) * 2 + 1, trial % 30);
    if (trial % 3 == 2)
      std::snprintf(text, sizeof text, "%llu.%llue%d", static_cast<unsigned long long>(rng()) >> rng() % 64,
                    static_cast<unsigned long long>(rng()) >> rng() % 64, trial % 60 - 30);
    const double value = read(text).value, expected = std::strtod(text, nullptr);
    if (std::isnan(value)) continue;
    ++readable;
    if (value != expected) {
      CAPTURE(text);
      CHECK(value == expected);
    }
  }
  // Who calls looks at the others: they must be few.
  CHECK(readable > 150'000);
}

TEST_SUITE_END();

}  // namespace gemmnet::test
