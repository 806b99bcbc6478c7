#include "decimal.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>

namespace gemmnet {
namespace {

using Wide = unsigned __int128;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The largest power of ten that a double is, and the largest of five that has 63 bits.
constexpr int kExactTens = 22, kFives = 27;

// Below, every integer is a double.
constexpr std::uint64_t kExactIntegers = std::uint64_t{1} << 53;

// Longer ones might not fit into 64 bits with one digit more.
constexpr std::uint64_t kLongest = 1'000'000'000'000'000'000;

// Eight digits more do not make them longer than that.
constexpr std::uint64_t kShort = 10'000'000'000;

constexpr std::uint64_t kDigitPowers[] = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

// No text has so many digits that an exponent beyond could be made up for.
constexpr std::int64_t kFarAway = std::int64_t{1} << 48;

constexpr struct Powers {
  double tens[kExactTens + 1];
  std::uint64_t fives[kFives + 1];

  constexpr Powers() : tens{}, fives{} {
    double ten = 1;
    for (double& power : tens) power = ten, ten *= 10;
    std::uint64_t five = 1;
    for (std::uint64_t& power : fives) power = five, five *= 5;
  }
} kPowers;

unsigned digit_of(char byte) { return static_cast<unsigned char>(byte) - unsigned{'0'}; }

bool is_digit(char byte) { return digit_of(byte) <= 9; }

// integer · 2^exponent, the nearest double, to even half-way; `more` says that the integer is really larger, by less
// than one. It has more than 53 bits, and the double is neither infinite nor subnormal.
double rounded(Wide integer, std::int64_t exponent, bool more) {
  const auto upper = static_cast<std::uint64_t>(integer >> 64);
  const int bits =
      upper != 0 ? 128 - std::countl_zero(upper) : 64 - std::countl_zero(static_cast<std::uint64_t>(integer));
  const int shift = bits - 53;
  auto mantissa = static_cast<std::uint64_t>(integer >> shift);
  const Wide left = integer - (Wide{mantissa} << shift), half = Wide{1} << (shift - 1);
  if (left > half || (left == half && (more || (mantissa & 1) != 0))) ++mantissa;
  // The mantissa's highest bit adds one to the exponent, and two where it was rounded up to 54 bits.
  return std::bit_cast<double>((static_cast<std::uint64_t>(exponent + shift + 1074) << 52) + mantissa);
}

// integer · 10^exponent
double scaled(std::uint64_t integer, std::int64_t exponent) {
  const std::int64_t k = exponent < 0 ? -exponent : exponent;
  // One rounding of what is exact (Clinger 1990).
  if (integer < kExactIntegers && k <= kExactTens) {
    const auto exact = static_cast<double>(integer);
    return exponent < 0 ? exact / kPowers.tens[k] : exact * kPowers.tens[k];
  }
  if (integer == 0) return 0;
  if (k > kFives) return kNaN;
  const Wide five = kPowers.fives[k];
  if (exponent >= 0) return rounded(integer * five, exponent, false);
  const int zeros = std::countl_zero(integer);
  const Wide dividend = Wide{integer << zeros} << 64, quotient = dividend / five;
  return rounded(quotient, exponent - zeros - 64, quotient * five != dividend);
}

// Eight bytes that are digits or not, side by side: those of the digits in front, as a number.
struct Digits {
  std::uint64_t value;
  int count;
};

Digits digits_of(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, 8);
  word ^= 0x3030303030303030;
  // The highest bit of each byte that is no digit, and of none before the first such.
  const std::uint64_t others = ((word + 0x7676767676767676) | word) & 0x8080808080808080;
  const int count = std::countr_zero(others) / 8;
  if (count == 0) return {0, 0};
  // Zeros in front, the last digit at the end. Two, four and eight of them become one number.
  word <<= 64 - 8 * count;
  word = (word * 10 + (word >> 8)) & 0x00ff00ff00ff00ff;
  word = (word * 100 + (word >> 16)) & 0x0000ffff0000ffff;
  return {(word * 10000 + (word >> 32)) & 0xffffffff, count};
}

// Digits beyond the 18th might not fit into 64 bits with others.
struct Mantissa {
  std::uint64_t integer = 0;
  std::int64_t exponent = 0;
  bool any = false, cut = false;

  // Returns the first byte that is no digit.
  const char* take(const char* at, const char* end, bool is_fraction) {
    const char* begin = at;
    // Before the point there are few, and to look at them one by one takes less.
    if (std::endian::native == std::endian::little && is_fraction) {
      while (end - at >= 8 && integer < kShort) {
        const Digits next = digits_of(at);
        integer = integer * kDigitPowers[next.count] + next.value;
        at += next.count;
        if (next.count < 8) break;
      }
    }
    for (; at != end && is_digit(*at) && integer < kLongest; ++at) integer = integer * 10 + digit_of(*at);
    if (is_fraction) exponent -= at - begin;
    const char* dropped = at;
    while (at != end && is_digit(*at)) ++at;
    if (at != dropped) {
      cut = true;
      if (!is_fraction) exponent += at - dropped;
    }
    any = any || at != begin;
    return at;
  }
};

bool is(const char* at, const char* end, int byte) { return at != end && static_cast<unsigned char>(*at) == byte; }

}  // namespace

Decimal read_decimal(const char* begin, const char* end, int point) {
  const char* at = begin;
  const bool negative = is(at, end, '-');
  at += negative || is(at, end, '+');
  Mantissa mantissa;
  at = mantissa.take(at, end, false);
  if (is(at, end, point)) at = mantissa.take(at + 1, end, true);
  if (!mantissa.any) return {kNaN, at};
  std::int64_t exponent = mantissa.exponent;
  if (is(at, end, 'e') || is(at, end, 'E')) {
    ++at;
    const bool down = is(at, end, '-');
    at += down || is(at, end, '+');
    if (at == end || !is_digit(*at)) return {kNaN, at};
    std::int64_t power = 0;
    for (; at != end && is_digit(*at); ++at)
      if (power < kFarAway) power = power * 10 + digit_of(*at);
    exponent += down ? -power : power;
  }
  double value = scaled(mantissa.integer, exponent);
  // Between these two, where digits were dropped.
  if (mantissa.cut && value != scaled(mantissa.integer + 1, exponent)) value = kNaN;
  return {negative ? -value : value, at};
}

}  // namespace gemmnet
