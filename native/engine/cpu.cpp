#include "cpu.h"

#include <atomic>

#include "error.h"

#if defined(__x86_64__) || defined(_M_X64)
#define GEMMNET_X86
#include <cpuid.h>
#endif

namespace gemmnet {
namespace {

#ifdef GEMMNET_X86
struct Features {
  bool avx2 = false;
  bool avx512 = false;
};

// What the CPU has (CPUID) and the operating system saves at a context switch (XCR0): both are needed.
Features detect() {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return {};
  const bool fma = c >> 12 & 1, osxsave = c >> 27 & 1, avx = c >> 28 & 1;
  if (!osxsave || !avx || !fma) return {};
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  const bool saves_ymm = (low & 0x06) == 0x06, saves_zmm = (low & 0xe6) == 0xe6;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return {};
  const auto has = [b](int bit) { return (b >> bit & 1) != 0; };
  Features found;
  found.avx2 = saves_ymm && has(5);
  found.avx512 = found.avx2 && saves_zmm && has(16) && has(17) && has(30) && has(31);  // F, DQ, BW, VL
  return found;
}
#endif

std::vector<const InstructionSet*> find_available() {
  std::vector<const InstructionSet*> sets{baseline_kernels()};
#ifdef GEMMNET_X86
  const Features features = detect();
  if (features.avx2) sets.push_back(avx2_kernels());
  if (features.avx512) sets.push_back(avx512_kernels());
#endif
  return sets;
}

// Asked once: in a virtual machine CPUID costs tens of microseconds. Never destroyed, as a thread may outlive main.
const std::vector<const InstructionSet*>& available() {
  static const auto& sets = *new const auto(find_available());
  return sets;
}

std::atomic<const InstructionSet*>& chosen() {
  static std::atomic<const InstructionSet*> set{available().back()};
  return set;
}

}  // namespace

std::vector<std::string> available_instruction_sets() {
  std::vector<std::string> names;
  for (const auto* set : available()) names.emplace_back(set->name);
  return names;
}

const InstructionSet& instruction_set() { return *chosen().load(std::memory_order_acquire); }

void choose_instruction_set(const std::string& name) {
  std::string names;
  for (const auto* set : available()) {
    if (set->name == name) {
      chosen().store(set, std::memory_order_release);
      return;
    }
    names += (names.empty() ? "" : ", ") + std::string(set->name);
  }
  throw Error("ERR_BACKEND",
              "expected an instruction set of this machine (" + names + ") but received \"" + name + "\"");
}

}  // namespace gemmnet
