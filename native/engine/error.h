#pragma once

#include <stdexcept>
#include <string>

namespace gemmnet {

// An error for whoever called, with one of the stable codes of lib/core/errors.ts.
class Error : public std::runtime_error {
 public:
  Error(const char* code, const std::string& message) : std::runtime_error(message), code_(code) {}
  const char* code() const { return code_; }

 private:
  const char* code_;
};

[[noreturn]] inline void fail(const std::string& message) { throw Error("ERR_ARGUMENT", message); }

}  // namespace gemmnet
