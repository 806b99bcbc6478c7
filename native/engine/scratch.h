// Memory for packed operands, one set a thread, that grows and is kept: a training step allocates nothing.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace gemmnet {

// 64-byte aligned bytes.
class AlignedBuffer {
 public:
  // At least `bytes`; what was in it is lost when it grows.
  void* reserve(std::size_t bytes) {
    if (bytes > size_) {
      data_.reset();
      size_ = 0;
      data_.reset(static_cast<std::byte*>(::operator new (bytes, std::align_val_t{64})));
      size_ = bytes;
    }
    return data_.get();
  }

 private:
  struct Free {
    void operator()(std::byte* p) const { ::operator delete (p, std::align_val_t{64}); }
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace gemmnet
