// The signatures of kernels.inc, parsed. Their grammar stands in lib/ops/catalogue.ts.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "../kernels/table.h"

namespace gemmnet {

enum class Driver : std::uint8_t {
  product,
  elementwise,
  chance,
  update,
  rows,
  light_rows,
  gather,
  columns,
  data_columns,
  layout,
  convolution,
  pooling,
  groups,
  reduction
};

enum class OperandType : std::uint8_t { own, int32, any, rounded };

// What the numbers of an operand point at.
enum class Pointer : std::uint8_t { none, label, row };

struct Operand {
  std::string name;
  // A letter stands for a size (equal letters, equal sizes), "1" for itself.
  std::string rows, cols;
  OperandType type;
  Pointer points;
  // Below which size: the letter, and the operand whose rows, or columns, it is.
  std::string below;
  std::size_t limit;
  bool limit_is_rows;
  bool written;
};

struct Signature {
  const char* name;
  const char* text;
  Driver driver;
  std::vector<Operand> operands;
  std::size_t scalars;
  std::vector<std::string> attributes;
  // Whether an operand points somewhere.
  bool points = false;
};

inline constexpr std::size_t kMaxOperands = 8;
inline constexpr std::size_t kMaxScalars = 7;
inline constexpr std::size_t kMaxAttributes = 8;

// Indexed by Op.
const std::array<Signature, kOpCount>& signatures();

inline const Signature& signature_of(Op op) { return signatures()[static_cast<std::size_t>(op)]; }

}  // namespace gemmnet
