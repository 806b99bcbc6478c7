// AVX2 and FMA.
#define GEMMNET_AVX2
#include "../kernels/instantiate.h"

namespace gemmnet {

GEMMNET_DEFINE_INSTRUCTION_SET(avx2, "avx2")

}  // namespace gemmnet
