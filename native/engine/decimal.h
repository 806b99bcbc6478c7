// Decimal numbers, to the nearest double.
#pragma once

namespace gemmnet {

struct Decimal {
  double value;     // NaN where there is no number, and where only more arithmetic would show which double is nearest
  const char* end;  // of the first byte that is no part of it
};

// Reads `-12.5e-3`, its sign, fraction and exponent there or not, out of [begin, end). `point` is the decimal sign, 256
// for none.
Decimal read_decimal(const char* begin, const char* end, int point);

}  // namespace gemmnet
