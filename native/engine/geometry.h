// What the attributes of an op say of the sizes of its operands.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "signature.h"

namespace gemmnet {

// Sizes by the letters of a signature; −k for rows that are k times the batch's.
using Sizes = std::map<std::string, double>;

// Throws Error where an op of such sizes would read or write out of bounds. The same as lib/ops/geometry.ts, where the
// letters are explained.
void check_geometry(const Signature& signature, const std::int32_t* attributes, const Sizes& sizes);

}  // namespace gemmnet
