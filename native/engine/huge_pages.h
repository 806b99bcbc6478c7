// Pages of 2 MiB instead of 4 KiB for large arrays, where the system grants them on request.
#pragma once

#include <cstddef>

namespace gemmnet {

// To be called before the memory is touched. Random rows of a large array, and products whose rows lie far apart, then
// cost few page walks; without them, copying rows at random takes up to twice as long.
void advise_huge_pages(void* data, std::size_t bytes);

}  // namespace gemmnet
