// What several suites use: noise, instruction sets by name, comparison.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "../engine/cpu.h"
#include "../engine/error.h"

namespace gemmnet::test {

template <class T>
const KernelTable<T>& table_of(const InstructionSet& set) {
  if constexpr (sizeof(T) == 4)
    return set.f32;
  else
    return set.f64;
}

// Every instruction set of this machine, one after the other, with the one before restored at the end.
template <class F>
void each_instruction_set(F f) {
  const std::string before = instruction_set().name;
  for (const auto& name : available_instruction_sets()) {
    choose_instruction_set(name);
    CAPTURE(name);
    f(instruction_set());
  }
  choose_instruction_set(before);
}

template <class T>
std::vector<T> noise(std::size_t n, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<T> values(n);
  for (auto& value : values) value = static_cast<T>(uniform(generator));
  return values;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

// Whether instruction sets of that name have fused multiply-add, so that their results must agree to the bit.
inline bool is_fused(const std::string& name) { return name != "baseline"; }

template <class T>
constexpr T kNaN = std::numeric_limits<T>::quiet_NaN();
template <class T>
constexpr T kInfinity = std::numeric_limits<T>::infinity();

}  // namespace gemmnet::test
