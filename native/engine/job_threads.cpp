#include "job_threads.h"

#include <system_error>
#include <utility>

#include "error.h"

namespace gemmnet {

JobThreads::~JobThreads() {
  {
    const std::lock_guard lock(mutex_);
    stop_.store(true);
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void JobThreads::start(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (free_ <= waiting_.size()) start_thread();
    waiting_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void JobThreads::start_thread() {
  try {
    threads_.emplace_back([this] { work(); });
    ++free_;
  } catch (const std::system_error& error) {
    throw Error("ERR_STATE", "native backend: expected the system to grant one more thread but it refused: " +
                                 error.code().message() +
                                 "; remedy: end other programs, or raise the limit (ulimit -u)");
  }
}

void JobThreads::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stop_.load() || !waiting_.empty(); });
    if (stop_.load()) return;
    const Job job = std::move(waiting_.front());
    waiting_.pop_front();
    --free_;
    lock.unlock();
    job.run(stop_);
    lock.lock();
    if (stop_.load()) return;
    ++free_;
    lock.unlock();
    job.finished();
    lock.lock();
  }
}

}  // namespace gemmnet
