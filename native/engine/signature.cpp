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

// "name[rows,cols]:dtype"
Operand parse_operand(const std::string& word, bool written) {
  const auto open = word.find('['), comma = word.find(','), close = word.find(']');
  const std::string type = word.substr(close + 1);
  return {word.substr(0, open), word.substr(open + 1, comma - open - 1), word.substr(comma + 1, close - comma - 1),
          type == ":int32"     ? OperandType::int32
          : type == ":any"     ? OperandType::any
          : type == ":rounded" ? OperandType::rounded
                               : OperandType::own,
          written};
}

Signature parse(const char* name, Driver driver, const char* text) {
  Signature signature{name, text, driver, {}, 0};
  const std::string whole(text);
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
