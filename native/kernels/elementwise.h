// The one driver of all elementwise ops. An op is a struct that says what it reads and writes and has a one-line body:
//
//   struct axpy : Access<0b11, 0b10, 1> {           // reads operands 0 and 1, writes 1, has one constant
//     template <class V> static void run(V* v, const V* c) { v[1] = fma(c[0], v[0], v[1]); }
//   };
#pragma once

#include <bit>

#include "../simd/math.h"
#include "table.h"

namespace gemmnet {
namespace {

template <unsigned Reads, unsigned Writes, std::size_t Constants = 0>
struct Access {
  static constexpr unsigned reads = Reads;
  static constexpr unsigned writes = Writes;
  static constexpr std::size_t constants = Constants;
  static constexpr std::size_t operands = std::bit_width(Reads | Writes);
  // From the signature's scalars to what run() needs; in double, once a block.
  static void prepare(const double* scalars, double* constants_out) {
    for (std::size_t i = 0; i < Constants; ++i) constants_out[i] = scalars[i];
  }
  // Whether the op changes nothing with these scalars.
  static bool idle(const double*) { return false; }
};

template <class T, class Op>
void elementwise_row(T* const* p, std::size_t n, const Vec<T>* constants) {
  using V = Vec<T>;
  constexpr std::size_t width = V::width;
  V v[Op::operands];
  std::size_t i = 0;
  for (; i + width <= n; i += width) {
    for (std::size_t o = 0; o < Op::operands; ++o)
      if (Op::reads >> o & 1) v[o] = V::load(p[o] + i);
    Op::run(v, constants);
    for (std::size_t o = 0; o < Op::operands; ++o)
      if (Op::writes >> o & 1) v[o].store(p[o] + i);
  }
  if (i == n) return;
  // The last few by the same code, so the same bits wherever a range is cut.
  for (std::size_t o = 0; o < Op::operands; ++o) v[o] = Op::reads >> o & 1 ? V::load_first(p[o] + i, n - i) : V::zero();
  Op::run(v, constants);
  for (std::size_t o = 0; o < Op::operands; ++o)
    if (Op::writes >> o & 1) v[o].store_first(p[o] + i, n - i);
}

template <class T, class Op>
void elementwise(const Block& block) {
  if (Op::idle(block.scalars)) return;
  constexpr std::size_t room = Op::constants > 0 ? Op::constants : 1;
  double prepared[room];
  Vec<T> constants[room];
  Op::prepare(block.scalars, prepared);
  for (std::size_t i = 0; i < Op::constants; ++i) constants[i] = Vec<T>::set1(static_cast<T>(prepared[i]));

  T* p[Op::operands];
  for (std::size_t o = 0; o < Op::operands; ++o) p[o] = static_cast<T*>(block.operands[o]);
  elementwise_row<T, Op>(p, block.cols, constants);
  for (std::size_t row = 1; row < block.rows; ++row) {
    for (std::size_t o = 0; o < Op::operands; ++o) p[o] += block.operand_strides[o];
    elementwise_row<T, Op>(p, block.cols, constants);
  }
}

// The ops themselves; a namespace of their own keeps `tanh`, the op, apart from tanh, the function.
namespace op {

struct copy : Access<0b01, 0b10> {
  template <class V>
  static void run(V* v, const V*) {
    v[1] = v[0];
  }
};

struct add : Access<0b011, 0b100> {
  template <class V>
  static void run(V* v, const V*) {
    v[2] = v[0] + v[1];
  }
};

struct axpy : Access<0b11, 0b10, 1> {
  template <class V>
  static void run(V* v, const V* c) {
    v[1] = fma(c[0], v[0], v[1]);
  }
};

// 1, −1, or x itself where it is zero or NaN.
template <class V>
inline V sign(V x) {
  const V one = V::set1(1);
  return select(V::zero() < x, one, select(x < V::zero(), V::zero() - one, x));
}

struct axpy_sign : Access<0b11, 0b10, 1> {
  template <class V>
  static void run(V* v, const V* c) {
    v[1] = fma(c[0], sign(v[0]), v[1]);
  }
};

}  // namespace op
}  // namespace
}  // namespace gemmnet
