// What every CPU of the architecture has: SSE2 on x86-64, NEON on arm64.
#include "../kernels/instantiate.h"

namespace gemmnet {

#if defined(__aarch64__)
GEMMNET_DEFINE_INSTRUCTION_SET(baseline, "neon")
#else
GEMMNET_DEFINE_INSTRUCTION_SET(baseline, "baseline")
#endif

}  // namespace gemmnet
