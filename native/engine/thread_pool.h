// A fork-join pool. The caller works too. Each thread has a share of the tasks of its own, the same for every job of as
// many tasks, so that what it wrote in one job lies in its core's cache in the next; who has waited a little for the
// others claims tasks of theirs, one at a time. So a thread that is late (the system runs something else on its core)
// costs only the task it holds. Between jobs threads spin for some microseconds, because waking a sleeping one takes
// longer than most jobs, and then sleep.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace gemmnet {

class ThreadPool {
 public:
  // The pool of the process. It is never destroyed: threads may still be inside when the process ends.
  static ThreadPool& shared();

  explicit ThreadPool(std::size_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // The calling thread counts. Fewer than wanted, where the system grants no more.
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }
  void resize(std::size_t threads);

  // For how many threads work is worth cutting now: all of them, or one while other programs want the cores.
  std::size_t threads() const { return alone() ? 1 : size(); }

  // At least so many, and as many for each thread.
  std::size_t multiple_of_threads(std::size_t tasks) const {
    const std::size_t count = threads();
    return (tasks + count - 1) / count * count;
  }
  // The same where there is work for more than one.
  std::size_t shared_evenly(std::size_t tasks) const { return tasks <= 1 ? tasks : multiple_of_threads(tasks); }

  // Calls f(task) for each task of [0, tasks), in any order, and returns when all are done. f must not throw. With one
  // task or one thread, or when the pool is at another's work, all run here.
  template <class F>
  void run(std::size_t tasks, const F& f) {
    if (tasks <= 1 || threads() <= 1 || busy_.test_and_set(std::memory_order_acquire)) {
      for (std::size_t task = 0; task < tasks; ++task) f(task);
      return;
    }
    fork_join(
        static_cast<std::uint32_t>(tasks),
        [](const void* context, std::size_t task) { (*static_cast<const F*>(context))(task); }, &f);
    busy_.clear(std::memory_order_release);
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Function = void(const void* context, std::size_t task);

  // The tasks of one thread. In the upper half the number of the job, in the lower one how many are still to be
  // claimed. A claim is a compare-and-swap of the whole, so it fails if the job changed meanwhile; what the job is may
  // be read after a successful claim.
  struct alignas(64) Share {
    std::atomic<std::uint64_t> ticket{0};
  };

  std::uint32_t share_size(std::size_t share) const {
    return static_cast<std::uint32_t>(tasks_ * (share + 1) / share_count_ - tasks_ * share / share_count_);
  }
  // Small jobs ask so often that the clock would be felt.
  bool alone() const {
    if (!alone_.load(std::memory_order_relaxed)) return false;
    constexpr unsigned often = 32;
    if (asked_.fetch_add(1, std::memory_order_relaxed) % often == 0 &&
        Clock::now().time_since_epoch() >= alone_until_.load(std::memory_order_relaxed))
      alone_.store(false, std::memory_order_relaxed);
    return alone_.load(std::memory_order_relaxed);
  }
  void fork_join(std::uint32_t tasks, Function* function, const void* context);
  // Run one task, of that share or of any but one's own. False when none is left.
  bool run_one(std::size_t self, std::size_t share);
  bool steal_one(std::size_t self);
  // After a job whose caller was through with its own tasks at `own_end`: whether it pays to share the next ones.
  void settle(Clock::time_point started, Clock::time_point own_end, Clock::time_point end);
  bool anything_left() const;
  void work(std::size_t self);
  void start(std::size_t threads);
  void stop();

  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
  std::atomic<std::size_t> size_{1};
  std::vector<std::thread> workers_;

  // The job at hand. share_count_ changes only while no worker runs.
  std::unique_ptr<Share[]> shares_;
  std::size_t share_count_ = 0;
  Function* function_ = nullptr;
  const void* context_ = nullptr;
  std::uint32_t tasks_ = 0;
  std::uint64_t job_ = 0;
  // Other programs want the cores, until then.
  mutable std::atomic<bool> alone_{false};
  mutable std::atomic<unsigned> asked_{0};
  std::atomic<Clock::duration> alone_until_{};
  // How long the pool kept away last, and for how long all has been well since; zero if long enough.
  std::chrono::milliseconds alone_for_{};
  Clock::duration well_for_{};
  // Time lost to other programs, less what sharing work has gained since.
  Clock::duration debt_{};
  alignas(64) std::atomic<std::uint32_t> done_{0};
  // When a worker was through with the last task of a share; before the job began while none is.
  alignas(64) std::atomic<Clock::duration> share_end_{};

  alignas(64) std::atomic<int> sleepers_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
};

}  // namespace gemmnet
