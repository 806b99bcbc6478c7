// The JavaScript class Program: a decoded program with run() and runSteps().
#pragma once

#include <memory>

#include "arguments.h"

namespace gemmnet::binding {

class ProgramObject : public Napi::ObjectWrap<ProgramObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit ProgramObject(const Napi::CallbackInfo& info);

 private:
  // run(first, last, rows, buffers, scalars)
  Napi::Value run(const Napi::CallbackInfo& info);
  // prepare(first, last, rows, buffers, scalars): a function that runs them, on shared memory
  Napi::Value prepare(const Napi::CallbackInfo& info);
  // runSteps(count, rows, buffers, scalars, values, losses, control, [loss, stepped scalar, …], backward, profile,
  // ended): runs them in the background, then calls ended(error or undefined, steps done, 0 finished | 1 aborted | 2
  // not finite)
  Napi::Value run_steps(const Napi::CallbackInfo& info);

  // Shared with the trainings that run it, which may outlive this object.
  std::shared_ptr<const gemmnet::Program> program_;
};

}  // namespace gemmnet::binding
