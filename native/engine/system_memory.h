// What the system is asked about memory.
#pragma once

#include <cstddef>

namespace gemmnet {

// Pages of 2 MiB instead of 4 KiB for a large array, where the system grants them on request. To be called before the
// memory is touched. Random rows of a large array, and products whose rows lie far apart, then cost few page walks;
// without them, copying rows at random takes up to twice as long.
void advise_huge_pages(void* data, std::size_t bytes);

// Has the C library keep what is freed, tens of megabytes of it, as it does in every process that once freed a large
// array. Else the results of a loop written by hand are given back to the system by each collection of garbage and
// mapped page by page again, which takes as long as the work on them (glibc; elsewhere nothing happens).
void keep_freed_memory();

}  // namespace gemmnet
