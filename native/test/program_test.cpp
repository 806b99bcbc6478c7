#include "../engine/program.h"
#include "../engine/geometry.h"

#include "support.h"

namespace gemmnet::test {
namespace {

constexpr double op(Op name) { return static_cast<double>(name); }

const std::vector<double> kBuffers{0, 0, 2, 0};  // float32, int32
const std::vector<double> kSlots{
    0, 0,   -1, 4,  // 0: x (batch, 4)
    0, 64,  3,  4,  // 1: w (3, 4)
    0, 80,  1,  3,  // 2: b
    0, 96,  -1, 3,  // 3: y (batch, 3)
    1, 0,   -1, 1,  // 4: labels
    0, 120, -2, 2,  // 5: pixels of two channels
};

Program decode_code(const std::vector<double>& code) { return decode(false, 8, kBuffers, kSlots, 2, code); }

}  // namespace

TEST_SUITE_BEGIN("program");

TEST_CASE("a program is decoded") {
  const Program program = decode_code({op(Op::affine_nt), 0, 1, 2, 3, op(Op::relu), 3, 3});
  CHECK(program.instructions.size() == 2);
  CHECK(program.instructions[0].slots[3] == 3);
  CHECK(program.slots[0].batch == 1);
  CHECK(program.slots[0].rows_at(5) == 5);
  CHECK(program.slots[1].rows_at(5) == 3);
  CHECK(program.slots[5].rows_at(5) == 10);
}

TEST_CASE("attributes are decoded, and must fit the sizes") {
  const Program program = decode_code({op(Op::channels_last), 0, 5, 1, 2});
  CHECK(program.instructions[0].attributes[0] == 1);
  CHECK(program.instructions[0].attributes[1] == 2);
  const std::vector<std::vector<double>> bad{{1}, {1, 3}, {0, 2}, {-1, -2}, {1, 0.5}, {1, 2147483648.0}, {2, 2}};
  for (const auto& attributes : bad) {
    std::vector<double> code{op(Op::channels_last), 0, 5};
    code.insert(code.end(), attributes.begin(), attributes.end());
    CHECK_THROWS_AS(decode_code(code), Error);
  }
  // Every op that has attributes has a check of them.
  for (const auto& signature : signatures()) {
    CHECK(signature.attributes.size() <= kMaxAttributes);
    if (signature.attributes.empty()) continue;
    Sizes sizes;
    for (const auto& operand : signature.operands) sizes[operand.rows] = sizes[operand.cols] = 1;
    const std::int32_t zeros[kMaxAttributes] = {};
    CHECK_THROWS_WITH_AS(check_geometry(signature, zeros, sizes), doctest::Contains("at least 1"), Error);
  }
}

TEST_CASE("signatures are parsed") {
  const Signature& adam = signature_of(Op::adam);
  CHECK(adam.operands.size() == 4);
  CHECK(adam.operands[0].written);
  CHECK_FALSE(adam.operands[1].written);
  CHECK(adam.scalars == 6);
  const Signature& loss = signature_of(Op::softmax_cross_entropy);
  CHECK(loss.operands[1].type == OperandType::int32);
  CHECK(loss.operands[3].written);
  CHECK(loss.operands[1].points == Pointer::label);
  CHECK(loss.operands[1].limit == 0);
  CHECK_FALSE(loss.operands[1].limit_is_rows);
  const Signature& gather = signature_of(Op::gather);
  CHECK(gather.operands[1].points == Pointer::row);
  CHECK(gather.operands[1].limit_is_rows);
  for (const auto& signature : signatures()) {
    CHECK(signature.operands.size() <= kMaxOperands);
    CHECK(signature.scalars <= kMaxScalars);
  }
}

TEST_CASE("what does not fit is refused") {
  const std::vector<std::vector<double>> bad{
      {op(Op::affine_nt), 0, 1, 2},       // an operand is missing
      {op(Op::affine_nt), 0, 1, 2, 9},    // no such slot
      {op(Op::affine_nt), 0, 1, 2, -1},   // …
      {op(Op::affine_nt), 0, 1, 2, 0.5},  // …
      {op(Op::affine_nt), 0, 1, 2, kNaN<double>},
      {op(Op::affine_nn), 0, 1, 2, 3},  // w would have to be (4, 3)
      {op(Op::affine_nt), 1, 1, 2, 3},  // 3 rows are not the batch's
      {op(Op::affine_nt), 0, 1, 2, 4},  // an int32 output
      {op(Op::relu), 0, 5},             // 2 rows for each of the batch's are not one
      {op(Op::axpy), 0, 0, 2},          // no such scalar
      {999},                            // no such op
      {-1},
      {kInfinity<double>},
  };
  for (std::size_t i = 0; i < bad.size(); ++i) {
    CAPTURE(i);
    CHECK_THROWS_AS(decode_code(bad[i]), Error);
  }
  CHECK_THROWS_AS(decode(false, -1, kBuffers, kSlots, 2, {}), Error);
  CHECK_THROWS_AS(decode(false, kNaN<double>, kBuffers, kSlots, 2, {}), Error);
  CHECK_THROWS_AS(decode(false, 8, {0}, kSlots, 2, {}), Error);
  CHECK_THROWS_AS(decode(false, 8, {4, 0}, {}, 2, {}), Error);
  CHECK_THROWS_AS(decode(false, 8, {}, kSlots, 2, {}), Error);
  CHECK_THROWS_AS(decode(false, 8, kBuffers, {0, 0, 0, 4}, 2, {}), Error);
  CHECK_THROWS_AS(decode(false, 8, kBuffers, {0, 0, 1, 0}, 2, {}), Error);
  CHECK_THROWS_AS(decode(false, 8, kBuffers, {0, 0, -0.5, 4}, 2, {}), Error);
  // More rows than numbers count.
  CHECK_THROWS_AS(decode(false, 8, kBuffers, {0, 0, -9007199254740991.0, 4}, 2, {}), Error);
  CHECK_THROWS_AS(decode(false, 8, kBuffers, {0, 1e300, 1, 4}, 2, {}), Error);
}

TEST_CASE("random numbers are refused or decoded, never worse") {
  std::mt19937 generator(3);
  const auto pick = [&](std::initializer_list<double> values) {
    return *(values.begin() + generator() % values.size());
  };
  std::size_t decoded = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<double> code;
    const std::size_t length = generator() % 9;
    for (std::size_t i = 0; i < length; ++i)
      code.push_back(pick({0, 1, 2, 3, 4, double(generator() % kOpCount), -1, 1e18, 0.5, kNaN<double>}));
    try {
      decode_code(code);
      ++decoded;
    } catch (const Error&) {
    }
  }
  CHECK(decoded > 0);
}

TEST_SUITE_END();

}  // namespace gemmnet::test
