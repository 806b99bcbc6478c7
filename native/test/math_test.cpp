// exp, log, tanh, sigmoid and the normal distribution as the kernels see them: through the ops that use them, against
// libm in long double.
#include "support.h"

#include <algorithm>

namespace gemmnet::test {
namespace {

template <class T>
std::vector<T> apply(const InstructionSet& set, Op op, std::vector<T> x) {
  std::vector<T> y(x.size());
  void* operands[] = {x.data(), y.data()};
  table_of<T>(set).kernels[static_cast<std::size_t>(op)]({1, x.size(), 0, 1, 0, operands, nullptr, nullptr});
  return y;
}

// Values of all magnitudes, with those at which argument reduction turns.
template <class T>
std::vector<T> arguments() {
  std::vector<T> x{0,  T(-0.0), 1,   -1,   T(0.34657359), T(-0.34657359), 20,     -20,
                   88, -88,     700, -700, T(1e-30),      T(-1e-30),      T(1e-6)};
  std::mt19937 generator(7);
  std::uniform_real_distribution<double> exponent(-20, 7);
  for (int i = 0; i < 20000; ++i) x.push_back(static_cast<T>((i % 2 ? 1 : -1) * std::exp2(exponent(generator))));
  return x;
}

template <class T, class F>
double worst_error(const InstructionSet& set, Op op, F reference) {
  const auto x = arguments<T>();
  const auto y = apply<T>(set, op, x);
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double expected = reference(static_cast<long double>(x[i]));
    // Results below the normal range may be flushed to zero.
    const long double error = std::abs(y[i] - expected), tiny = std::numeric_limits<T>::min();
    if (std::abs(expected) < tiny && error < tiny) continue;
    worst = std::max(worst, static_cast<double>(error / std::abs(expected) / std::numeric_limits<T>::epsilon()));
  }
  return worst;
}

}  // namespace

TEST_SUITE_BEGIN("math");

TEST_CASE_TEMPLATE("tanh and sigmoid are right to a few units in the last place", T, float, double) {
  each_instruction_set([](const InstructionSet& set) {
    CHECK(worst_error<T>(set, Op::tanh, [](long double x) { return std::tanh(x); }) < 4);
    CHECK(worst_error<T>(set, Op::sigmoid, [](long double x) { return 1 / (1 + std::exp(-x)); }) < 4);
  });
}

TEST_CASE_TEMPLATE("softplus is right to a few units in the last place", T, float, double) {
  each_instruction_set([](const InstructionSet& set) {
    CHECK(worst_error<T>(set, Op::softplus,
                         [](long double x) { return std::max(x, 0.0L) + std::log1p(std::exp(-std::abs(x))); }) < 4);
  });
}

// erfc as libm has it, of a rounded argument: only what is rounded in long double is lost.
TEST_CASE_TEMPLATE("gelu is right to a few units in the last place, in the tail too", T, float, double) {
  each_instruction_set([](const InstructionSet& set) {
    CHECK(worst_error<T>(set, Op::gelu, [](long double x) { return x / 2 * std::erfc(-x / std::sqrt(2.0L)); }) < 6);
  });
}

TEST_CASE_TEMPLATE("limits, NaN and the sign of zero", T, float, double) {
  each_instruction_set([](const InstructionSet& set) {
    const auto t = apply<T>(set, Op::tanh, {kInfinity<T>, -kInfinity<T>, kNaN<T>, T(-0.0), T(0)});
    CHECK(t[0] == 1);
    CHECK(t[1] == -1);
    CHECK(std::isnan(t[2]));
    CHECK((t[3] == 0 && std::signbit(t[3])));
    CHECK((t[4] == 0 && !std::signbit(t[4])));
    const auto s = apply<T>(set, Op::sigmoid, {kInfinity<T>, -kInfinity<T>, kNaN<T>, T(0)});
    CHECK(s[0] == 1);
    CHECK(s[1] == 0);
    CHECK(std::isnan(s[2]));
    CHECK(s[3] == T(0.5));
    const auto r = apply<T>(set, Op::relu, {kInfinity<T>, -kInfinity<T>, kNaN<T>, T(-0.0), T(-3), T(3)});
    CHECK(r[0] == kInfinity<T>);
    CHECK(r[1] == 0);
    CHECK(std::isnan(r[2]));
    CHECK(r[3] == 0);
    CHECK(r[4] == 0);
    CHECK(r[5] == 3);
  });
}

TEST_SUITE_END();

}  // namespace gemmnet::test
