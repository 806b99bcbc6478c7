// AVX-512 F, DQ, BW and VL.
#define GEMMNET_AVX512
#include "../kernels/instantiate.h"

namespace gemmnet {

GEMMNET_DEFINE_INSTRUCTION_SET(avx512, "avx512")

}  // namespace gemmnet
