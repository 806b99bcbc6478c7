// A program as the engine sees it: decoded from numbers, and checked once, so that running it need only check what is
// bound to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "signature.h"

namespace gemmnet {

enum class Dtype : std::uint8_t { float32, float64, int32, uint8 };

std::size_t size_of(Dtype dtype);

struct BufferSpec {
  Dtype dtype;
  // Step s of a run has the s-th batch of the rows that lie there.
  bool stepped;
};

// A row-major matrix in a buffer.
struct Slot {
  std::uint32_t buffer;
  Dtype dtype;
  std::size_t batch;  // so many times as many rows as the batch has, and `rows` is 0; or 0
  std::size_t offset, rows, cols;

  std::size_t rows_at(std::size_t batch_rows) const { return batch == 0 ? rows : batch * batch_rows; }
};

struct Instruction {
  Op op;
  // The dtype that it computes in: the program's, or float64 in a program of float32.
  bool float64;
  std::uint32_t slots[kMaxOperands];
  std::uint32_t scalars[kMaxScalars];
  std::int32_t attributes[kMaxAttributes];
};

struct Program {
  bool float64;
  // Or they count as zero. Products take them for zero in any program.
  bool keeps_denormals;
  std::size_t capacity;  // most rows of a batch
  std::vector<BufferSpec> buffers;
  std::vector<Slot> slots;
  std::size_t scalar_count;
  std::vector<Instruction> instructions;
};

// From plain numbers, as TypeScript sends them:
//   buffers       dtype, stepped                                        for each buffer
//   slots         buffer, offset, rows (−k: k times the batch's), cols  for each slot
//   code          op, its slots, its scalars, its attributes            for each instruction
// Throws Error when anything is out of range or does not fit the op's signature.
Program decode(bool float64, double capacity, const std::vector<double>& buffers, const std::vector<double>& slots,
               double scalar_count, const std::vector<double>& code, bool keeps_denormals = false);

}  // namespace gemmnet
