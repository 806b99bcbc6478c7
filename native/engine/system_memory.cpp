#include "system_memory.h"

#include <cstdint>
#include <cstdlib>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace gemmnet {

void advise_huge_pages([[maybe_unused]] void* data, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  // Advice for whole pages; a system that does not know or want it says no, which is as well.
  constexpr std::uintptr_t page = 4096;
  const auto address = reinterpret_cast<std::uintptr_t>(data);
  const std::uintptr_t begin = (address + page - 1) / page * page, end = (address + bytes) / page * page;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

void keep_freed_memory() {
#if defined(__GLIBC__)
  // "Dynamic mmap threshold": blocks up to the size of one that was mapped and freed come from the heap from then on,
  // and twice as much may lie free at its end. 32 MiB is the most that counts. A process whose environment sets the
  // thresholds has its way. Nobody touches the block, so no memory is taken.
  void* volatile block = std::malloc((std::size_t{32} << 20) - (std::size_t{64} << 10));
  std::free(block);
#endif
}

}  // namespace gemmnet
