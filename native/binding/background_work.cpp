#include "background_work.h"

#include <algorithm>
#include <utility>

namespace gemmnet::binding {
namespace {

[[noreturn]] void fail_at_the_end() {
  throw Error("ERR_STATE", "native backend: expected an environment that can wait for work but it is ending");
}

}  // namespace

BackgroundWork& BackgroundWork::of(Napi::Env env) {
  if (auto* const own = env.GetInstanceData<BackgroundWork>()) return *own;
  std::unique_ptr<BackgroundWork> made(new BackgroundWork(env));
  env.SetInstanceData(made.get());  // which deletes it with the environment
  return *made.release();
}

BackgroundWork::BackgroundWork(napi_env env) : env_(env) {
  const Napi::String name = Napi::String::New(env, "gemmnet");
  if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, settle, &executed_) !=
      napi_ok)
    fail_at_the_end();
  napi_unref_threadsafe_function(env, executed_);
  threads_.emplace();
  // Hooks run in reverse order: ours before that of the threadsafe function, which the threads call until then.
  napi_add_env_cleanup_hook(env, end, this);
}

BackgroundWork::~BackgroundWork() {
  if (!threads_) return;
  napi_remove_env_cleanup_hook(env_, end, this);
  end(this);
}

void BackgroundWork::start(std::unique_ptr<Work> work) {
  if (!threads_) fail_at_the_end();
  Work* const executing = work.get();
  under_way_.push_front(std::move(work));
  try {
    threads_->start({[executing](const std::atomic<bool>& stop) { executing->execute(stop); },
                     [executing, executed = executed_] {
                       napi_call_threadsafe_function(executed, executing, napi_tsfn_nonblocking);
                     }});
  } catch (...) {
    under_way_.pop_front();
    throw;
  }
  if (under_way_.size() == 1) napi_ref_threadsafe_function(env_, executed_);
}

void BackgroundWork::end(void* self) {
  auto& ending = *static_cast<BackgroundWork*>(self);
  ending.threads_.reset();
  ending.under_way_.clear();
  napi_release_threadsafe_function(ending.executed_, napi_tsfn_abort);
}

void BackgroundWork::settle(napi_env env, napi_value, void* self, void* work) {
  // A call that came too late: the environment has ended, and all of its work is gone.
  if (env == nullptr) return;
  auto& own = *static_cast<BackgroundWork*>(self);
  auto& under_way = own.under_way_;
  const auto at =
      std::find_if(under_way.begin(), under_way.end(), [&](const auto& each) { return each.get() == work; });
  if (at == under_way.end()) return;
  const std::unique_ptr<Work> done = std::move(*at);
  under_way.erase(at);
  if (under_way.empty()) napi_unref_threadsafe_function(env, own.executed_);
  done->settle(env);
}

}  // namespace gemmnet::binding
