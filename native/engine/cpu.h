// Which instruction sets this build and this CPU have, and which of them is in use.
#pragma once

#include <string>
#include <vector>

#include "../kernels/table.h"

namespace gemmnet {

// The names of all that can be chosen here, slowest first.
std::vector<std::string> available_instruction_sets();

// The one in use; the fastest there is until another is chosen.
const InstructionSet& instruction_set();

// Throws Error for a name that is not available.
void choose_instruction_set(const std::string& name);

}  // namespace gemmnet
