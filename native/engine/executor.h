// Runs programs: once over a range of instructions, or many training steps in a row.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "program.h"
#include "thread_pool.h"

namespace gemmnet {

// The memory of a run: for each buffer of the program where it begins and how many elements it has.
struct Bound {
  void* data;
  std::size_t length;
};

struct Binding {
  std::vector<Bound> buffers;
  double* scalars;
  std::size_t scalar_count;
  // To be added to, three numbers for each instruction of the program: seconds, runs, rows of all runs. Or null.
  double* profile = nullptr;
};

inline constexpr std::size_t kProfileNumbers = 3;

struct Range {
  std::size_t first, last;
};

// Throws Error, before anything is written, when `range` or `rows` or what is bound does not fit the program; when a
// label or a row number is out of range, before the instruction that reads it.
void run(const Program& program, Range range, std::size_t rows, const Binding& binding, ThreadPool& pool);

// The two halves of `run`, for one that is repeated: what fits the program once does so again.
void check_run(const Program& program, Range range, std::size_t rows, const Binding& binding);
void run_checked(const Program& program, Range range, std::size_t rows, const Binding& binding, ThreadPool& pool);

inline constexpr std::size_t kNone = static_cast<std::size_t>(-1);

struct Steps {
  std::size_t count;
  std::size_t rows;
  double* losses;         // count
  std::int32_t* control;  // [0] ≠ 0: stop; [1]: steps done. Shared with other threads.
  std::size_t loss;       // the number of the scalar, or kNone
  // The scalars that every step begins with: their numbers (kNone is passed over), and a row of values for each step.
  std::vector<std::size_t> stepped;
  const double* values;  // count · stepped.size()
  // The first instruction after the loss; a step whose loss is not finite ends there.
  std::size_t backward;
  // Once true, the run ends amid its step: nobody is left who could look at what it computes. Or null.
  const std::atomic<bool>* stop = nullptr;
};

enum class StepsEnd : std::uint8_t { finished, aborted, non_finite };

struct StepsResult {
  std::size_t done;
  StepsEnd end;
};

StepsResult run_steps(const Program& program, const Steps& steps, const Binding& binding, ThreadPool& pool);

}  // namespace gemmnet
