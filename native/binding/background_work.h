// Work that goes on beside the JavaScript of an environment: Node's main thread, or a worker thread, which may be
// terminated at any moment. When an environment ends, its work is stopped and waited for while its memory is still
// there, and nothing calls into it any more.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <optional>

#include "../engine/job_threads.h"
#include "arguments.h"

namespace gemmnet::binding {

// Made and destroyed on the thread of its environment, so that it may hold references.
class Work {
 public:
  virtual ~Work() = default;
  // On another thread, without the environment. Must not throw, and returns soon once `stop` is true.
  virtual void execute(const std::atomic<bool>& stop) = 0;
  // On the environment's thread after `execute`, unless the environment has ended.
  virtual void settle(napi_env env) = 0;
};

// The work of one environment, which it keeps alive.
class BackgroundWork {
 public:
  // That of an environment, made when it is first asked for.
  static BackgroundWork& of(Napi::Env env);

  ~BackgroundWork();
  BackgroundWork(const BackgroundWork&) = delete;
  BackgroundWork& operator=(const BackgroundWork&) = delete;

  // Throws Error where the system grants no thread for it.
  void start(std::unique_ptr<Work> work);

 private:
  explicit BackgroundWork(napi_env env);

  // What Node calls: when the environment ends, and after each `execute`.
  static void end(void* self);
  static void settle(napi_env env, napi_value, void* self, void* work);

  napi_env env_;
  // Brings `settle` from the threads to the environment's own.
  napi_threadsafe_function executed_ = nullptr;
  // Gone when the environment has ended.
  std::optional<JobThreads> threads_;
  std::list<std::unique_ptr<Work>> under_way_;
};

}  // namespace gemmnet::binding
