#include "signature.h"

#include <sstream>

namespace gemmnet {
namespace {

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> result;
  for (std::string word; stream >> word;) result.push_back(word);
  return result;
}

// "name[rows,cols]:dtype", "name[rows,cols]:pointer<size"
Operand parse_operand(const std::string& word, bool written) {
  const auto open = word.find('['), comma = word.find(','), close = word.find(']'), less = word.find('<');
  const std::string type = word.substr(close + 1, less == std::string::npos ? less : less - close - 1);
  Operand operand{};
  operand.name = word.substr(0, open);
  operand.rows = word.substr(open + 1, comma - open - 1);
  operand.cols = word.substr(comma + 1, close - comma - 1);
  operand.points = type == ":label" ? Pointer::label : type == ":row" ? Pointer::row : Pointer::none;
  operand.type = type == ":int32" || operand.points != Pointer::none ? OperandType::int32
                 : type == ":any"                                    ? OperandType::any
                 : type == ":rounded"                                ? OperandType::rounded
                                                                     : OperandType::own;
  if (less != std::string::npos) operand.below = word.substr(less + 1);
  operand.written = written;
  return operand;
}

// Which operand has the size that another one's numbers lie below.
void find_limits(std::vector<Operand>& operands) {
  for (Operand& operand : operands)
    for (std::size_t i = 0; i < operands.size() && operand.points != Pointer::none; ++i)
      if (operands[i].rows == operand.below || operands[i].cols == operand.below) {
        operand.limit = i;
        operand.limit_is_rows = operands[i].rows == operand.below;
        break;
      }
}

Signature parse(const char* name, Driver driver, const char* text) {
  Signature signature{name, text, driver, {}, 0, {}, false};
  std::string whole(text);
  if (const auto semicolon = whole.find(';'); semicolon != std::string::npos) {
    signature.attributes = words(whole.substr(semicolon + 1));
    whole.resize(semicolon);
  }
  const auto arrow = whole.find("->"), bar = whole.find('|');
  const auto writes = words(whole.substr(arrow + 2, bar == std::string::npos ? bar : bar - arrow - 2));
  for (const auto& word : words(whole.substr(0, arrow))) {
    Operand operand = parse_operand(word, false);
    for (const auto& write : writes) operand.written = operand.written || write == operand.name;
    signature.operands.push_back(operand);
  }
  for (const auto& word : writes)
    if (word.find('[') != std::string::npos) signature.operands.push_back(parse_operand(word, true));
  if (bar != std::string::npos) signature.scalars = words(whole.substr(bar + 1)).size();
  find_limits(signature.operands);
  for (const Operand& operand : signature.operands) signature.points |= operand.points != Pointer::none;
  return signature;
}

}  // namespace

const std::array<Signature, kOpCount>& signatures() {
  // Never destroyed: a thread may still train when the process ends.
  static const auto& all = *new const std::array<Signature, kOpCount>{{
#define GEMMNET_OP(name, driver, text) parse(#name, Driver::driver, text),
#include "../kernels/kernels.inc"
#undef GEMMNET_OP
  }};
  return all;
}

}  // namespace gemmnet
