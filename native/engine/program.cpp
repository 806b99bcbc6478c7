#include "program.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "error.h"
#include "geometry.h"

namespace gemmnet {
namespace {

// The largest number that TypeScript can send exactly, and far more than any memory.
constexpr double kMaxSize = 9007199254740991.0;

std::size_t to_size(double value, double least, double most, const char* what) {
  if (!(value >= least && value <= most && value == std::floor(value)))
    fail(std::string("program: expected ") + what + " to be an integer from " + std::to_string(least) + " to " +
         std::to_string(most) + " but received " + std::to_string(value));
  return static_cast<std::size_t>(value);
}

const char* name_of(Dtype dtype) {
  constexpr const char* names[] = {"float32", "float64", "int32", "uint8"};
  return names[static_cast<std::size_t>(dtype)];
}

bool fits(OperandType type, Dtype dtype, Dtype own) {
  switch (type) {
    case OperandType::own: return dtype == own;
    case OperandType::int32: return dtype == Dtype::int32;
    case OperandType::any: return true;
    case OperandType::rounded: return dtype == own || dtype == Dtype::float32;
  }
  return false;
}

// Where the first operand of an op's own dtype is float64, so is the op; else it is the program's.
bool computes_in_double(const Program& program, const Instruction& instruction) {
  const auto& operands = signature_of(instruction.op).operands;
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (operands[i].type == OperandType::own)
      return program.float64 || program.slots[instruction.slots[i]].dtype == Dtype::float64;
  return program.float64;
}

// Equal letters must be equal sizes, multiples of the batch equal only to themselves; and the sizes must fit the
// attributes.
void check_shapes(const Program& program, const Instruction& instruction) {
  const Signature& signature = signature_of(instruction.op);
  Sizes sizes{{"1", 1}};
  const auto unify = [&](const std::string& letter, double size, const Operand& operand) {
    const auto [at, added] = sizes.emplace(letter, size);
    if (!added && at->second != size)
      throw Error("ERR_SHAPE", std::string("program: ") + signature.name + ": expected operand " + operand.name +
                                   " to have " + std::to_string(at->second) + " (" + letter + ") but received " +
                                   std::to_string(size));
  };
  for (std::size_t i = 0; i < signature.operands.size(); ++i) {
    const Operand& operand = signature.operands[i];
    const Slot& slot = program.slots[instruction.slots[i]];
    if (!fits(operand.type, slot.dtype, instruction.float64 ? Dtype::float64 : Dtype::float32))
      fail(std::string("program: ") + signature.name + ": operand " + operand.name + " cannot be " +
           name_of(slot.dtype));
    unify(operand.rows, slot.batch > 0 ? -static_cast<double>(slot.batch) : static_cast<double>(slot.rows), operand);
    unify(operand.cols, static_cast<double>(slot.cols), operand);
  }
  check_geometry(signature, instruction.attributes, sizes);
}

}  // namespace

std::size_t size_of(Dtype dtype) {
  constexpr std::size_t sizes[] = {4, 8, 4, 1};
  return sizes[static_cast<std::size_t>(dtype)];
}

Program decode(bool float64, double capacity, const std::vector<double>& buffers, const std::vector<double>& slots,
               double scalar_count, const std::vector<double>& code, bool keeps_denormals) {
  Program program;
  program.float64 = float64;
  program.keeps_denormals = keeps_denormals;
  program.capacity = to_size(capacity, 0, kMaxSize, "the capacity");
  program.scalar_count = to_size(scalar_count, 0, 1e6, "the number of scalars");

  if (buffers.size() % 2 != 0 || slots.size() % 4 != 0) fail("program: expected whole records of buffers and slots");
  for (std::size_t i = 0; i < buffers.size(); i += 2)
    program.buffers.push_back({static_cast<Dtype>(to_size(buffers[i], 0, 3, "a dtype")), buffers[i + 1] != 0});
  for (std::size_t i = 0; i < slots.size(); i += 4) {
    Slot slot{};
    slot.buffer = static_cast<std::uint32_t>(
        to_size(slots[i], 0, static_cast<double>(program.buffers.size()) - 1, "the buffer of a slot"));
    slot.dtype = program.buffers[slot.buffer].dtype;
    // As many rows as a full batch makes must still be a number.
    const double most = std::floor(kMaxSize / std::max(1.0, static_cast<double>(program.capacity)));
    slot.batch = slots[i + 2] < 0 ? to_size(-slots[i + 2], 1, most, "the rows of a slot for each row of the batch") : 0;
    slot.offset = to_size(slots[i + 1], 0, kMaxSize, "the offset of a slot");
    slot.rows = slot.batch > 0 ? 0 : to_size(slots[i + 2], 1, kMaxSize, "the rows of a slot");
    slot.cols = to_size(slots[i + 3], 1, kMaxSize, "the columns of a slot");
    program.slots.push_back(slot);
  }

  for (std::size_t at = 0; at < code.size();) {
    Instruction instruction{};
    instruction.op = static_cast<Op>(to_size(code[at++], 0, static_cast<double>(kOpCount) - 1, "an op"));
    const Signature& signature = signature_of(instruction.op);
    if (code.size() - at < signature.operands.size() + signature.scalars + signature.attributes.size())
      fail(std::string("program: ") + signature.name + " at the end lacks operands");
    for (std::size_t i = 0; i < signature.operands.size(); ++i)
      instruction.slots[i] =
          static_cast<std::uint32_t>(to_size(code[at++], 0, static_cast<double>(program.slots.size()) - 1, "a slot"));
    for (std::size_t i = 0; i < signature.scalars; ++i)
      instruction.scalars[i] =
          static_cast<std::uint32_t>(to_size(code[at++], 0, static_cast<double>(program.scalar_count) - 1, "a scalar"));
    for (std::size_t i = 0; i < signature.attributes.size(); ++i)
      instruction.attributes[i] = static_cast<std::int32_t>(to_size(code[at++], 0, 2147483647.0, "an attribute"));
    instruction.float64 = computes_in_double(program, instruction);
    check_shapes(program, instruction);
    program.instructions.push_back(instruction);
  }
  return program;
}

}  // namespace gemmnet
