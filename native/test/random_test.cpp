#include "../engine/random.h"

#include "support.h"

namespace gemmnet::test {

TEST_SUITE_BEGIN("random");

// numpy.random.seed(0); numpy.random.randn(7)
TEST_CASE("NumPy's normals, bit for bit") {
  std::uint32_t key[624];
  key[0] = 0;
  for (std::uint32_t i = 1; i < 624; ++i) key[i] = 1812433253u * (key[i - 1] ^ (key[i - 1] >> 30)) + i;
  LegacyRandom state{key, 624, false, 0};
  const double expected[] = {1.764052345967664,  0.4001572083672233, 0.9787379841057392, 2.240893199201458,
                             1.8675579901499675, -0.977277879876411, 0.9500884175255894};
  double got[7];
  fill_normals(state, got, 3);
  CHECK(state.has_gauss);
  fill_normals(state, got + 3, 4);
  for (int i = 0; i < 7; ++i) CHECK(got[i] == expected[i]);
}

TEST_SUITE_END();

}  // namespace gemmnet::test
