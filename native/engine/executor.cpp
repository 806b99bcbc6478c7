#include "executor.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <string>

#include "convolution.h"
#include "cpu.h"
#include "denormals.h"
#include "error.h"
#include "fusion.h"
#include "gemm.h"
#include "scratch.h"

namespace gemmnet {
namespace {

// How much of an op one task gets. Smaller ops run on the calling thread: handing out work costs about as much as 2,000
// elements.
constexpr std::size_t kElementsPerTask = 8192;
constexpr std::size_t kRowElementsPerTask = 1024;
constexpr std::size_t kColumnsPerTask = 64;
// Columns of data lie in rows of any length: the more of a row a task has, the better memory is read.
constexpr std::size_t kTasksOfColumns = 2;
// Part of the meaning of a reduction: its blocks, whose sums are added in order, are the same for any number of
// threads.
constexpr std::size_t kReductionBlock = 4096;
constexpr std::size_t kReductionBlocksPerTask = 4;

constexpr std::size_t ceil_div(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

class Execution {
 public:
  Execution(const Program& program, std::size_t rows, const Binding& binding, ThreadPool& pool,
            const std::atomic<bool>* stop = nullptr)
      : program_(program), rows_(rows), binding_(binding), pool_(pool), stop_(stop), kernels_(instruction_set()) {}

  // With a fusion, what it covers is done by its products, and the gradients are not left to the caller. False when it
  // was stopped.
  bool run(Range range, std::size_t step, const Fusion* fusion = nullptr) {
    step_ = step;
    fusion_ = fusion;
    for (std::size_t i = range.first; i < range.last; ++i) {
      if (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) return false;
      if (binding_.profile == nullptr)
        execute(i);
      else
        timed(i);
    }
    return true;
  }

 private:
  void timed(std::size_t i) {
    const auto started = std::chrono::steady_clock::now();
    execute(i);
    double* const numbers = binding_.profile + i * kProfileNumbers;
    numbers[0] += std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    numbers[1] += 1;
    numbers[2] += static_cast<double>(rows_);
  }

  void execute(std::size_t i) {
    if (program_.instructions[i].float64)
      execute(program_.instructions[i], kernels_.f64);
    else
      execute(program_.instructions[i], kernels_.f32);
  }

  const Slot& slot(const Instruction& instruction, std::size_t operand) const {
    return program_.slots[instruction.slots[operand]];
  }

  std::byte* address(const Slot& slot) const {
    const BufferSpec& spec = program_.buffers[slot.buffer];
    const std::size_t offset = slot.offset + (spec.stepped ? step_ * slot.rows_at(rows_) * slot.cols : 0);
    return static_cast<std::byte*>(binding_.buffers[slot.buffer].data) + offset * size_of(slot.dtype);
  }

  double& scalar(const Instruction& instruction, std::size_t i) const {
    return binding_.scalars[instruction.scalars[i]];
  }

  template <class T>
  void execute(const Instruction& instruction, const KernelTable<T>& table) {
    const Signature& signature = signature_of(instruction.op);
    if (signature.points) check_pointers(instruction, signature);
    switch (signature.driver) {
      case Driver::product: return product(instruction, table);
      case Driver::elementwise:
      case Driver::update:
      case Driver::chance: return elementwise(instruction, signature, table);
      case Driver::rows:
        return by_rows(instruction, signature, table.kernels[static_cast<std::size_t>(instruction.op)],
                       kRowElementsPerTask);
      case Driver::light_rows:
        return by_rows(instruction, signature, table.kernels[static_cast<std::size_t>(instruction.op)],
                       kElementsPerTask);
      case Driver::gather: return gather(instruction, signature, table);
      case Driver::columns: return columns(instruction, signature, table);
      case Driver::data_columns: return data_columns(instruction, signature, table);
      case Driver::layout: return layout(instruction, table);
      case Driver::convolution: return convolution(instruction, table);
      case Driver::pooling: return pooling(instruction, signature, table);
      case Driver::groups: return groups(instruction, signature, table);
      case Driver::reduction: return reduction(instruction, table);
    }
  }

  // Labels and row numbers are data: they are looked at before each use, which costs little beside what is done with
  // them.
  void check_pointers(const Instruction& instruction, const Signature& signature) const {
    for (std::size_t i = 0; i < signature.operands.size(); ++i) {
      const Operand& operand = signature.operands[i];
      if (operand.points == Pointer::none) continue;
      const Slot &numbers = slot(instruction, i), &pointed = slot(instruction, operand.limit);
      const std::size_t limit = operand.limit_is_rows ? pointed.rows_at(rows_) : pointed.cols;
      const auto* values = reinterpret_cast<const std::int32_t*>(address(numbers));
      const std::size_t count = numbers.rows_at(rows_) * numbers.cols;
      for (std::size_t at = 0; at < count; ++at)
        if (static_cast<std::size_t>(static_cast<std::uint32_t>(values[at])) >= limit)
          refuse(signature, operand.points, limit, values[at], at);
    }
  }

  [[noreturn]] static void refuse(const Signature& signature, Pointer points, std::size_t limit, std::int32_t value,
                                  std::size_t at) {
    const bool label = points == Pointer::label;
    throw Error(label ? "ERR_LABEL" : "ERR_ARGUMENT", std::string(signature.name) + ": expected " +
                                                          (label ? "labels" : "row numbers") + " from 0 to " +
                                                          std::to_string(limit - 1) + " but received " +
                                                          std::to_string(value) + " at index " + std::to_string(at));
  }

  // Hands out tasks, each of which treats denormal numbers as the program does.
  template <class F>
  void share(std::size_t tasks, const F& f) {
    if (!program_.keeps_denormals) return pool_.run(tasks, f);
    pool_.run(tasks, [&f](std::size_t task) {
      const KeepDenormals keep;
      f(task);
    });
  }

  template <class T>
  void product(const Instruction& instruction, const KernelTable<T>& table) {
    // On every thread, or the result would depend on their number.
    const FlushDenormals flush;
    const Op op = instruction.op;
    if (op == Op::syrk) return symmetric(instruction, table);
    const bool affine = op == Op::affine_nt || op == Op::affine_nn;
    const bool a_transposed = op == Op::gemm_tn || op == Op::gemm_tt;
    const bool b_transposed = op == Op::gemm_nt || op == Op::gemm_tt || op == Op::affine_nt;
    const Slot &a = slot(instruction, 0), &b = slot(instruction, 1), &c = slot(instruction, affine ? 3 : 2);
    const std::size_t a_rows = a.rows_at(rows_);
    const auto a_cols = static_cast<std::ptrdiff_t>(a.cols), b_cols = static_cast<std::ptrdiff_t>(b.cols);

    Product<T> p;
    p.m = c.rows_at(rows_);
    p.n = c.cols;
    p.k = a_transposed ? a_rows : a.cols;
    p.a = {reinterpret_cast<const T*>(address(a)), a_transposed ? 1 : a_cols, a_transposed ? a_cols : 1};
    p.b = {reinterpret_cast<const T*>(address(b)), b_transposed ? 1 : b_cols, b_transposed ? b_cols : 1};
    p.c = reinterpret_cast<T*>(address(c));
    p.c_row = static_cast<std::ptrdiff_t>(c.cols);
    if (affine) {
      p.bias = reinterpret_cast<const T*>(address(slot(instruction, 2)));
      p.init = Init::bias;
    } else {
      set_scalars(instruction, p);
    }
    const FusedProduct* const fused = fused_at(instruction);
    if (fused == nullptr) return gemm(table.gemm, pool_, p);
    double scalars[2][kMaxScalars];
    const Update<T> update = update_of(*fused, table, scalars);
    p.update = &update;
    gemm(table.gemm, pool_, p);
  }

  // c = alpha·aᵀ·a + beta·c above the diagonal, and mirrored.
  template <class T>
  void symmetric(const Instruction& instruction, const KernelTable<T>& table) {
    const Slot &a = slot(instruction, 0), &c = slot(instruction, 1);
    const auto size = static_cast<std::ptrdiff_t>(a.cols);
    const auto* const from = reinterpret_cast<const T*>(address(a));
    auto* const to = reinterpret_cast<T*>(address(c));
    Product<T> p;
    p.m = p.n = a.cols;
    p.k = a.rows_at(rows_);
    p.a = {from, 1, size};
    p.b = {from, size, 1};
    p.c = to;
    p.c_row = size;
    p.upper = true;
    set_scalars(instruction, p);
    gemm(table.gemm, pool_, p);
    // Square by square, since one of the two sides lies in columns.
    constexpr std::size_t side = 32;
    pool_.run(ceil_div(a.cols, side), [&](std::size_t task) {
      const std::size_t begin = task * side, end = std::min(a.cols, begin + side);
      for (std::size_t left = 0; left < end; left += side)
        for (std::size_t i = begin; i < end; ++i)
          for (std::size_t j = left; j < std::min(i, left + side); ++j) to[i * a.cols + j] = to[j * a.cols + i];
    });
  }

  template <class T>
  void set_scalars(const Instruction& instruction, Product<T>& p) const {
    p.alpha = static_cast<T>(scalar(instruction, 0));
    p.beta = static_cast<T>(scalar(instruction, 1));
    p.init = p.beta == 0 ? Init::zero : p.beta == 1 ? Init::accumulate : Init::scale;
  }

  const FusedProduct* fused_at(const Instruction& instruction) const {
    return fusion_ == nullptr ? nullptr : fusion_->of(instruction_number(instruction));
  }

  std::size_t instruction_number(const Instruction& instruction) const {
    return static_cast<std::size_t>(&instruction - program_.instructions.data());
  }

  // `scalars` has to live as long as the result.
  template <class T>
  Update<T> update_of(const FusedProduct& fused, const KernelTable<T>& table, double (&scalars)[2][kMaxScalars]) const {
    Update<T> update{};
    const auto add = [&](std::size_t at, std::size_t offset) {
      const Instruction& instruction = program_.instructions[at];
      auto& step = update.steps[update.count];
      step.kernel = table.kernels[static_cast<std::size_t>(instruction.op)];
      read_scalars(instruction, scalars[update.count]);
      step.scalars = scalars[update.count++];
      for (std::size_t o = 0; o < signature_of(instruction.op).operands.size(); ++o)
        step.operands[o] = reinterpret_cast<T*>(address(slot(instruction, o))) + offset;
      step.operands[Update<T>::kGradient] = nullptr;
      return step;
    };
    double reg = 0;
    if (fused.axpy != kNone) reg = scalar(program_.instructions[fused.axpy], 0);
    if (reg != 0) add(fused.axpy, 0);
    const auto rule = add(fusion_->update, fused.offset);
    if (program_.instructions[fusion_->update].op == Op::sgd) {
      update.w = rule.operands[0];
      const auto rate = static_cast<T>(rule.scalars[0]), decay = static_cast<T>(rule.scalars[1]);
      if (reg != 0)
        update.descent = {rate, {static_cast<T>(reg), decay}};
      else
        update.descent = {rate, {decay, 0}};
    }
    return update;
  }

  // The scalars of an instruction, in the order of the signature.
  void read_scalars(const Instruction& instruction, double* scalars) const {
    const std::size_t count = signature_of(instruction.op).scalars;
    for (std::size_t i = 0; i < count; ++i) scalars[i] = scalar(instruction, i);
  }

  template <class T>
  void elementwise(const Instruction& instruction, const Signature& signature, const KernelTable<T>& table) {
    double scalars[kMaxScalars];
    read_scalars(instruction, scalars);
    // Regularization that is off costs nothing.
    if (instruction.op == Op::axpy && scalars[0] == 0) return;
    if (fused_at(instruction) != nullptr) return;
    const Slot& shape = slot(instruction, 0);
    const auto part = [&](Range range) {
      // As much for each thread, in whole cache lines.
      constexpr std::size_t line = 64 / sizeof(T);
      const std::size_t lines = ceil_div(range.last - range.first, line);
      const std::size_t tasks = pool_.shared_evenly(ceil_div(range.last - range.first, kElementsPerTask));
      share(tasks, [&](std::size_t task) {
        const std::size_t begin = range.first + lines * task / tasks * line;
        const std::size_t end = std::min(range.last, range.first + lines * (task + 1) / tasks * line);
        void* operands[kMaxOperands];
        for (std::size_t i = 0; i < signature.operands.size(); ++i)
          operands[i] = reinterpret_cast<T*>(address(slot(instruction, i))) + begin;
        table.kernels[static_cast<std::size_t>(instruction.op)](
            {1, end - begin, 0, rows_, 0, operands, scalars, nullptr, nullptr, begin});
      });
    };
    if (fusion_ != nullptr && fusion_->update == instruction_number(instruction))
      for (const Range& rest : fusion_->rest) part(rest);
    else
      part({0, shape.rows_at(rows_) * shape.cols});
  }

  // Operands that have one row for each row of the batch advance with the block; those with one row in all do not.
  void by_rows(const Instruction& instruction, const Signature& signature, Kernel* kernel,
               std::size_t elements_per_task) {
    double scalars[kMaxScalars];
    read_scalars(instruction, scalars);
    // The widest operand is the matrix that is worked through; the others hold one value a row.
    std::size_t cols = 0;
    for (std::size_t i = 0; i < signature.operands.size(); ++i) cols = std::max(cols, slot(instruction, i).cols);
    const std::size_t second_cols = signature.operands.size() > 1 ? slot(instruction, 1).cols : cols;
    const std::size_t total = slot(instruction, 0).rows_at(rows_);
    const std::size_t rows_per_task = std::max<std::size_t>(1, elements_per_task / cols);
    share(ceil_div(total, rows_per_task), [&](std::size_t task) {
      const std::size_t begin = task * rows_per_task, end = std::min(total, begin + rows_per_task);
      void* operands[kMaxOperands];
      for (std::size_t i = 0; i < signature.operands.size(); ++i) {
        const Slot& s = slot(instruction, i);
        const std::size_t first = signature.operands[i].rows == "1" ? 0 : begin;
        operands[i] = address(s) + first * s.cols * size_of(s.dtype);
      }
      kernel({end - begin, cols, cols, total, second_cols, operands, scalars, nullptr});
    });
  }

  // Rows of the data by their numbers, or in their order where the op has none.
  template <class T>
  void gather(const Instruction& instruction, const Signature& signature, const KernelTable<T>& table) {
    const std::size_t count = signature.operands.size();
    const Slot &data = slot(instruction, 0), &out = slot(instruction, count - 1);
    const std::size_t total = out.rows_at(rows_);
    const bool numbered = instruction.op != Op::normalize && instruction.op != Op::standardize;
    auto* const numbers = numbered ? reinterpret_cast<std::int32_t*>(address(slot(instruction, 1))) : nullptr;
    if (instruction.op == Op::gather_labels) {
      const auto* from = reinterpret_cast<const std::int32_t*>(address(data));
      auto* to = reinterpret_cast<std::int32_t*>(address(out));
      for (std::size_t i = 0; i < total; ++i) to[i] = from[numbers[i]];
      return;
    }
    const bool normalized = instruction.op != Op::gather;
    const auto from = static_cast<std::size_t>(data.dtype);
    const auto& changed = instruction.op == Op::standardize ? table.standardized : table.normalized;
    Kernel* const kernel = normalized ? changed[from][out.dtype == Dtype::float32 ? 0 : 1] : table.gather[from];
    const std::size_t rows_per_task = std::max<std::size_t>(1, kElementsPerTask / out.cols);
    share(ceil_div(total, rows_per_task), [&](std::size_t task) {
      const std::size_t begin = task * rows_per_task, end = std::min(total, begin + rows_per_task);
      const std::size_t first = begin * out.cols;
      void* operands[kMaxOperands] = {address(data) + (numbered ? 0 : first * size_of(data.dtype)),
                                      numbered ? numbers + begin : nullptr, address(out) + first * size_of(out.dtype)};
      if (normalized) {
        operands[3] = address(slot(instruction, count - 3));
        operands[4] = address(slot(instruction, count - 2));
      }
      kernel({end - begin, out.cols, out.cols, total, 0, operands, nullptr, nullptr});
    });
  }

  // Some columns are a task, and where these are few, some rows of them: their sums are those that one pass over all
  // rows adds up, and are added as it does.
  template <class T>
  void columns(const Instruction& instruction, const Signature& signature, const KernelTable<T>& table) {
    double scalars[kMaxScalars];
    read_scalars(instruction, scalars);
    const Slot& x = slot(instruction, 0);
    const std::size_t rows = x.rows_at(rows_), cols = x.cols;
    const bool whole = rows * cols < kElementsPerTask;
    const std::size_t per_task = whole ? cols : kColumnsPerTask;
    const std::size_t column_tasks = ceil_div(cols, per_task), rows_per_part = part_rows(rows, cols, column_tasks);
    const std::size_t parts = ceil_div(rows, rows_per_part);
    const std::size_t sums = table.column_sums[static_cast<std::size_t>(instruction.op)] * cols;
    thread_local AlignedBuffer memory;
    T* const partials = parts == 1 ? nullptr : static_cast<T*>(memory.reserve(parts * sums * sizeof(T)));
    const auto kernel = [&](std::size_t row, std::size_t count, std::size_t col, std::size_t width, T* to) {
      void* operands[kMaxOperands];
      for (std::size_t i = 0; i < signature.operands.size(); ++i) {
        const Slot& s = slot(instruction, i);
        const std::size_t first = (signature.operands[i].rows == "1" ? 0 : row * s.cols) + (s.cols == 1 ? 0 : col);
        operands[i] = reinterpret_cast<T*>(address(s)) + first;
      }
      Block block{count, width, cols, rows, 0, operands, scalars, nullptr};
      block.sums = to == nullptr ? nullptr : to + col;
      table.kernels[static_cast<std::size_t>(instruction.op)](block);
    };
    share(column_tasks * parts, [&](std::size_t task) {
      const std::size_t begin = task % column_tasks * per_task, end = std::min(cols, begin + per_task);
      const std::size_t part = task / column_tasks, row = part * rows_per_part;
      kernel(row, std::min(rows - row, rows_per_part), begin, end - begin,
             parts == 1 ? nullptr : partials + part * sums);
    });
    if (parts == 1) return;
    for (std::size_t apart = 1; apart < parts; apart *= 2)
      for (std::size_t part = 0; part + apart < parts; part += 2 * apart)
        for (std::size_t i = 0; i < sums; ++i) partials[part * sums + i] += partials[(part + apart) * sums + i];
    kernel(0, 0, 0, cols, partials);
  }

  // The chains of rows, a power of two of them, that are summed apart: as few as give each thread some tasks, but
  // enough to be one.
  std::size_t part_rows(std::size_t rows, std::size_t cols, std::size_t column_tasks) const {
    if (pool_.threads() == 1 || column_tasks >= pool_.threads()) return rows;
    const std::size_t wanted = ceil_div(kTasksOfColumns * pool_.threads(), column_tasks);
    std::size_t chained = kChainedRows;
    while (chained * std::min(cols, kColumnsPerTask) < kElementsPerTask || chained * wanted < rows) chained *= 2;
    return std::min(chained, rows);
  }

  template <class T>
  void data_columns(const Instruction& instruction, const Signature& signature, const KernelTable<T>& table) {
    double scalars[kMaxScalars];
    read_scalars(instruction, scalars);
    const Slot& x = slot(instruction, 0);
    const std::size_t rows = x.rows_at(rows_);
    const auto from = static_cast<std::size_t>(x.dtype);
    Kernel* const kernel =
        instruction.op == Op::column_summary ? table.column_summary[from] : table.column_moments[from];
    const std::size_t wide = ceil_div(ceil_div(x.cols, kTasksOfColumns * pool_.threads()), kColumnsPerTask);
    const std::size_t per_task = rows * x.cols < kElementsPerTask ? x.cols : wide * kColumnsPerTask;
    share(ceil_div(x.cols, per_task), [&](std::size_t task) {
      const std::size_t begin = task * per_task, end = std::min(x.cols, begin + per_task);
      void* operands[kMaxOperands] = {address(x) + begin * size_of(x.dtype)};
      for (std::size_t i = 1; i < signature.operands.size(); ++i)
        operands[i] = reinterpret_cast<T*>(address(slot(instruction, i))) + begin;
      kernel({rows, end - begin, x.cols, rows, 0, operands, scalars, nullptr});
    });
  }

  // Some pictures are a task. Their operands have a row for each picture, or one for each of its positions.
  template <class T>
  void groups(const Instruction& instruction, const Signature& signature, const KernelTable<T>& table) {
    double scalars[kMaxScalars];
    read_scalars(instruction, scalars);
    const Slot& x = slot(instruction, 0);
    const auto positions = static_cast<std::size_t>(instruction.attributes[0]);
    const std::size_t total = x.rows_at(rows_) / positions;
    const auto grouped =
        std::find_if(signature.operands.begin(), signature.operands.end(), [](const auto& o) { return o.cols == "g"; });
    const std::size_t group_count =
        slot(instruction, static_cast<std::size_t>(grouped - signature.operands.begin())).cols;
    const std::size_t per_task = std::max<std::size_t>(1, kElementsPerTask / (positions * x.cols));
    share(ceil_div(total, per_task), [&](std::size_t task) {
      const std::size_t begin = task * per_task, end = std::min(total, begin + per_task);
      void* operands[kMaxOperands];
      for (std::size_t i = 0; i < signature.operands.size(); ++i) {
        const Slot& s = slot(instruction, i);
        const std::string& rows = signature.operands[i].rows;
        const std::size_t first = rows == "p" ? begin * positions : rows == "n" ? begin : 0;
        operands[i] = reinterpret_cast<T*>(address(s)) + first * s.cols;
      }
      table.kernels[static_cast<std::size_t>(instruction.op)](
          {end - begin, x.cols, positions, total, group_count, operands, scalars, nullptr});
    });
  }

  // Pictures are matrices of channels and pixels, each to be transposed.
  template <class T>
  void layout(const Instruction& instruction, const KernelTable<T>& table) {
    const bool last = instruction.op == Op::channels_last;
    const Slot &x = slot(instruction, 0), &y = slot(instruction, 1);
    const Slot &flat = last ? x : y, &by_pixel = last ? y : x;
    const std::size_t channels = by_pixel.cols, size = flat.cols, pixels = size / channels;
    const std::size_t total = flat.rows_at(rows_);
    const std::size_t per_task = std::max<std::size_t>(1, kElementsPerTask / size);
    share(ceil_div(total, per_task), [&](std::size_t task) {
      const std::size_t begin = task * per_task, end = std::min(total, begin + per_task);
      void* operands[kMaxOperands] = {reinterpret_cast<T*>(address(x)) + begin * size,
                                      reinterpret_cast<T*>(address(y)) + begin * size};
      const std::size_t rows = last ? channels : pixels, cols = last ? pixels : channels;
      table.kernels[static_cast<std::size_t>(instruction.op)](
          {end - begin, cols, rows, total, 0, operands, nullptr, nullptr});
    });
  }

  template <class T>
  void convolution(const Instruction& instruction, const KernelTable<T>& table) {
    // On every thread, or the result would depend on their number.
    const FlushDenormals flush;
    const auto operand = [&](std::size_t i) { return reinterpret_cast<T*>(address(slot(instruction, i))); };
    if (instruction.op == Op::conv2d) {
      const Slot &x = slot(instruction, 0), &w = slot(instruction, 1);
      return convolve<T>(table.gemm, pool_, windows(instruction, x), w.rows, operand(0), operand(1), operand(2),
                         operand(3));
    }
    const Slot &dy = slot(instruction, 0), &other = slot(instruction, instruction.op == Op::conv2d_weights ? 1 : 2);
    const auto beta = static_cast<T>(scalar(instruction, 0));
    const auto& run = instruction.op == Op::conv2d_weights ? convolve_weights<T> : convolve_input<T>;
    run(table.gemm, pool_, windows(instruction, other), dy.cols, operand(0), operand(1), beta, operand(2));
  }

  Windows windows(const Instruction& instruction, const Slot& pictures) const {
    const auto attribute = [&](std::size_t i) { return static_cast<std::size_t>(instruction.attributes[i]); };
    const auto outputs = [&](std::size_t axis) {
      return (attribute(axis) + 2 * attribute(6 + axis) - attribute(2 + axis)) / attribute(4 + axis) + 1;
    };
    const std::size_t height = attribute(0), width = attribute(1);
    return {pictures.rows_at(rows_) / (height * width),
            height,
            width,
            pictures.cols,
            attribute(2),
            attribute(3),
            attribute(4),
            attribute(5),
            attribute(6),
            attribute(7),
            outputs(0),
            outputs(1)};
  }

  // Any range of pictures: all operands advance with them.
  template <class T>
  void pooling(const Instruction& instruction, const Signature& signature, const KernelTable<T>& table) {
    double scalars[kMaxScalars];
    read_scalars(instruction, scalars);
    const std::size_t count = signature.operands.size();
    const bool forward = signature.scalars == 0;
    const Slot& large = slot(instruction, forward ? 0 : count - 1);
    const std::size_t pictures = windows(instruction, large).pictures;
    const std::size_t size = large.rows_at(rows_) / pictures * large.cols;
    const std::size_t wanted = pool_.shared_evenly(ceil_div(pictures * size, kElementsPerTask));
    const std::size_t tasks = std::min(pictures, wanted);
    share(tasks, [&](std::size_t task) {
      const std::size_t begin = pictures * task / tasks, end = pictures * (task + 1) / tasks;
      void* operands[kMaxOperands];
      for (std::size_t i = 0; i < count; ++i) {
        const Slot& s = slot(instruction, i);
        operands[i] = reinterpret_cast<T*>(address(s)) + begin * (s.rows_at(rows_) / pictures) * s.cols;
      }
      Block block{end - begin, large.cols, 0, pictures, 0, operands, scalars, nullptr};
      block.attributes = instruction.attributes;
      table.kernels[static_cast<std::size_t>(instruction.op)](block);
    });
  }

  template <class T>
  void reduction(const Instruction& instruction, const KernelTable<T>& table) {
    if (instruction.op == Op::add_l2 && scalar(instruction, 0) == 0) return;
    const Slot& x = slot(instruction, 0);
    const std::size_t total = x.rows_at(rows_) * x.cols;
    const std::size_t blocks = ceil_div(total, kReductionBlock);
    thread_local AlignedBuffer memory;
    auto* partials = static_cast<double*>(memory.reserve(blocks * sizeof(double)));
    const auto sum_blocks = [&](std::size_t first, std::size_t count, std::size_t size) {
      void* operands[kMaxOperands] = {reinterpret_cast<T*>(address(x)) + first * kReductionBlock};
      table.kernels[static_cast<std::size_t>(instruction.op)](
          {count, size, size, rows_, 0, operands, nullptr, partials + first});
    };
    const std::size_t whole = total / kReductionBlock;
    share(ceil_div(blocks, kReductionBlocksPerTask), [&](std::size_t task) {
      const std::size_t first = task * kReductionBlocksPerTask,
                        last = std::min(first + kReductionBlocksPerTask, blocks);
      if (first < whole) sum_blocks(first, std::min(last, whole) - first, kReductionBlock);
      if (last > whole) sum_blocks(whole, 1, total - whole * kReductionBlock);
    });
    double sum = 0;
    for (std::size_t i = 0; i < blocks; ++i) sum += partials[i];
    if (instruction.op == Op::mean)
      scalar(instruction, 0) = sum / static_cast<double>(total);
    else if (instruction.op == Op::norm)
      scalar(instruction, 0) = std::sqrt(sum);
    else if (instruction.op == Op::add_l1)
      scalar(instruction, 1) += scalar(instruction, 0) * sum;
    else
      scalar(instruction, 1) += 0.5 * scalar(instruction, 0) * sum;
  }

  const Program& program_;
  const std::size_t rows_;
  const Binding& binding_;
  ThreadPool& pool_;
  const std::atomic<bool>* stop_;
  const InstructionSet& kernels_;
  std::size_t step_ = 0;
  const Fusion* fusion_ = nullptr;
};

// That every slot of the instructions in `range` lies inside what is bound, in all of `steps` steps.
void check_binding(const Program& program, Range range, std::size_t rows, std::size_t steps, const Binding& binding) {
  if (range.first > range.last || range.last > program.instructions.size())
    fail("run: expected a range of instructions within 0 to " + std::to_string(program.instructions.size()) +
         " but received " + std::to_string(range.first) + " to " + std::to_string(range.last));
  if (rows == 0 || rows > program.capacity)
    throw Error("ERR_SHAPE", "run: expected from 1 to " + std::to_string(program.capacity) + " rows but received " +
                                 std::to_string(rows));
  if (binding.buffers.size() != program.buffers.size())
    fail("run: expected " + std::to_string(program.buffers.size()) + " buffers but received " +
         std::to_string(binding.buffers.size()));
  if (binding.scalar_count < program.scalar_count)
    fail("run: expected " + std::to_string(program.scalar_count) + " scalars but received " +
         std::to_string(binding.scalar_count));
  for (std::size_t i = range.first; i < range.last; ++i) {
    const Instruction& instruction = program.instructions[i];
    const std::size_t operands = signature_of(instruction.op).operands.size();
    for (std::size_t o = 0; o < operands; ++o) {
      const Slot& slot = program.slots[instruction.slots[o]];
      const std::size_t length = binding.buffers[slot.buffer].length;
      // Of a stepped buffer, those of all steps.
      const std::size_t times = program.buffers[slot.buffer].stepped ? steps : 1, each = slot.rows_at(rows);
      // Written so that no product can overflow.
      const bool fits = slot.offset <= length && each <= (length - slot.offset) / slot.cols / times;
      if (!fits)
        throw Error("ERR_SHAPE", "run: expected buffer " + std::to_string(slot.buffer) + " to hold " +
                                     std::to_string(times) + "·" + std::to_string(each) + "·" +
                                     std::to_string(slot.cols) + " elements from " + std::to_string(slot.offset) +
                                     " on but received one of " + std::to_string(length));
    }
  }
}

}  // namespace

void run(const Program& program, Range range, std::size_t rows, const Binding& binding, ThreadPool& pool) {
  check_run(program, range, rows, binding);
  run_checked(program, range, rows, binding, pool);
}

void check_run(const Program& program, Range range, std::size_t rows, const Binding& binding) {
  check_binding(program, range, rows, 1, binding);
}

void run_checked(const Program& program, Range range, std::size_t rows, const Binding& binding, ThreadPool& pool) {
  const Denormals mode(program.keeps_denormals);
  Execution(program, rows, binding, pool).run(range, 0);
}

StepsResult run_steps(const Program& program, const Steps& steps, const Binding& binding, ThreadPool& pool) {
  const std::size_t end = program.instructions.size();
  const auto check_scalar = [&](std::size_t scalar) {
    if (scalar != kNone && scalar >= program.scalar_count) fail("runSteps: expected a scalar of the program");
  };
  check_scalar(steps.loss);
  for (const std::size_t scalar : steps.stepped) check_scalar(scalar);
  if (steps.backward > end) fail("runSteps: expected the backward phase to lie within the program");
  if (steps.count == 0) return {0, StepsEnd::finished};
  check_binding(program, {0, end}, steps.rows, steps.count, binding);

  const Denormals mode(program.keeps_denormals);
  Execution execution(program, steps.rows, binding, pool, steps.stop);
  const Fusion fusion = plan_fusion(program, binding.scalars);
  std::atomic_ref<std::int32_t> stop(steps.control[0]), done(steps.control[1]);
  for (std::size_t step = 0; step < steps.count; ++step) {
    if (stop.load(std::memory_order_relaxed) != 0) return {step, StepsEnd::aborted};
    const double* const values = steps.values + step * steps.stepped.size();
    for (std::size_t i = 0; i < steps.stepped.size(); ++i)
      if (steps.stepped[i] != kNone) binding.scalars[steps.stepped[i]] = values[i];
    if (!execution.run({0, steps.backward}, step)) return {step, StepsEnd::aborted};
    if (steps.loss != kNone) {
      steps.losses[step] = binding.scalars[steps.loss];
      if (!std::isfinite(steps.losses[step])) return {step, StepsEnd::non_finite};
    }
    // The last step leaves its gradients to the caller.
    if (!execution.run({steps.backward, end}, step, step + 1 < steps.count ? &fusion : nullptr))
      return {step, StepsEnd::aborted};
    done.store(static_cast<std::int32_t>(step + 1), std::memory_order_release);
  }
  return {steps.count, StepsEnd::finished};
}

}  // namespace gemmnet
