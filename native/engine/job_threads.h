// Threads for jobs that take long, as a training does: one for each job that runs at the time. They are started as they
// are needed and kept for the next job.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace gemmnet {

class JobThreads {
 public:
  struct Job {
    // Must not throw, and returns soon once `stop` is true.
    std::function<void(const std::atomic<bool>& stop)> run;
    // Called on the same thread once it is ready for another job, which whoever hears of it may start at once.
    std::function<void()> finished;
  };

  JobThreads() = default;
  // Asks the jobs that run to stop, and waits until they have; that they finished is not said any more. Those that have
  // not begun never do.
  ~JobThreads();
  JobThreads(const JobThreads&) = delete;
  JobThreads& operator=(const JobThreads&) = delete;

  // Begins at once, whatever else runs. Throws Error, and takes nothing, where the system grants no thread for it.
  void start(Job job);

 private:
  void start_thread();
  void work();

  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> waiting_;
  // Threads without a job: those that wait for one, and those that were started for one of `waiting_`.
  std::size_t free_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace gemmnet
