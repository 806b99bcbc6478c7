#include "thread_pool.h"

#include <algorithm>
#include <chrono>
#include <system_error>

#include "denormals.h"

#if defined(__linux__)
#include <sched.h>
#endif

namespace gemmnet {
namespace {

constexpr auto kSpinTime = std::chrono::microseconds(100);

// Looks at an empty share, one or two microseconds long, before tasks of others are taken: a thread that is only a
// little behind keeps what lies in its core's cache.
constexpr unsigned kPatience = 64;

// A shorter one cannot lose much.
constexpr auto kLongJob = std::chrono::microseconds(50);
// How much more may be lost in waits that no task explains than a second thread is sure to gain, a quarter of the time;
// and how long the calling thread then works alone, at first and at most.
constexpr auto kMaxDebt = std::chrono::milliseconds(4);
constexpr std::chrono::milliseconds kMinAlone{20}, kMaxAlone{1280};

inline void relax() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Cores that this process may use, which in a container can be fewer than the machine has.
std::size_t usable_cores() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<std::size_t>(CPU_COUNT(&set));
#endif
  const unsigned cores = std::thread::hardware_concurrency();
  return cores > 0 ? cores : 1;
}

}  // namespace

ThreadPool& ThreadPool::shared() {
  static ThreadPool& pool = *new ThreadPool(usable_cores());
  return pool;
}

ThreadPool::ThreadPool(std::size_t threads) { start(threads); }

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::resize(std::size_t threads) {
  while (busy_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
  stop();
  start(threads);
  busy_.clear(std::memory_order_release);
}

void ThreadPool::start(std::size_t threads) {
  stopping_.store(false);
  // Shares of threads that cannot be started are emptied by the others.
  shares_ = std::make_unique<Share[]>(threads);
  share_count_ = threads;
  try {
    while (workers_.size() + 1 < threads) workers_.emplace_back([this, self = workers_.size() + 1] { work(self); });
  } catch (const std::system_error&) {
    // No more threads to be had: those there are do the work.
  }
  size_.store(workers_.size() + 1);
}

void ThreadPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_.store(true);
  }
  wake_.notify_all();
  for (auto& worker : workers_) worker.join();
  workers_.clear();
  size_.store(1);
}

void ThreadPool::fork_join(std::uint32_t tasks, Function* function, const void* context) {
  const auto started = Clock::now();
  function_ = function;
  context_ = context;
  tasks_ = tasks;
  done_.store(0, std::memory_order_relaxed);
  ++job_;
  for (std::size_t i = 0; i < share_count_; ++i)
    shares_[i].ticket.store(job_ << 32 | share_size(i), std::memory_order_seq_cst);
  if (sleepers_.load(std::memory_order_seq_cst) > 0) {
    // Taking the lock once makes sure that whoever saw nothing to do is really asleep by now.
    { const std::lock_guard lock(mutex_); }
    wake_.notify_all();
  }
  while (run_one(0, 0)) {
  }
  // Who has not begun by now is not on a core.
  for (std::size_t i = 1; i < share_count_; ++i)
    if ((shares_[i].ticket.load(std::memory_order_relaxed) & 0xffffffffu) == share_size(i))
      while (run_one(0, i)) {
      }
  const auto own_end = Clock::now();
  for (unsigned spins = 1; done_.load(std::memory_order_acquire) != tasks; ++spins) {
    if (spins % kPatience == 0)
      while (steal_one(0)) {
      }
    if (spins < 20000)
      relax();
    else
      std::this_thread::yield();
  }
  settle(started, own_end, Clock::now());
}

void ThreadPool::settle(Clock::time_point started, Clock::time_point own_end, Clock::time_point end) {
  const auto took = end - started;
  auto lost = Clock::duration::zero();
  if (took > kLongJob) {
    // Nobody's last task takes longer than all of another's, the caller's or a worker's, unless the system has taken
    // the core from under it.
    const Clock::time_point worker_end{share_end_.load(std::memory_order_relaxed)};
    const auto first = worker_end > started ? std::min(own_end, worker_end) : own_end;
    lost = std::max(lost, took - 3 * (first - started));
  }
  const auto gained = lost > lost.zero() ? lost.zero() : took / 4;
  debt_ = std::max(debt_ + lost - gained, lost.zero());
  if (debt_ > kMaxDebt) {
    // Other programs want the cores. After each time that this is so, the pool leaves them alone for longer, until it
    // has worked undisturbed for as long.
    alone_for_ = std::clamp(4 * alone_for_, kMinAlone, kMaxAlone);
    debt_ = well_for_ = {};
    alone_until_.store((end + alone_for_).time_since_epoch(), std::memory_order_relaxed);
    alone_.store(true, std::memory_order_relaxed);
  } else if (lost > lost.zero()) {
    well_for_ = {};
  } else if (alone_for_.count() != 0 && (well_for_ += took) > alone_for_) {
    alone_for_ = {};
  }
}

bool ThreadPool::run_one(std::size_t self, std::size_t share) {
  auto& ticket = shares_[share].ticket;
  std::uint64_t seen = ticket.load(std::memory_order_acquire);
  while ((seen & 0xffffffffu) != 0) {
    if (!ticket.compare_exchange_weak(seen, seen - 1, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
    const std::size_t end = tasks_ * (share + 1) / share_count_, remaining = seen & 0xffffffffu;
    function_(context_, end - remaining);
    // Read before the caller can go on, or the time would count as one of its next job.
    const bool last_of_share = self != 0 && remaining == 1;
    const auto ended = last_of_share ? Clock::now() : Clock::time_point{};
    done_.fetch_add(1, std::memory_order_release);
    if (last_of_share) share_end_.store(ended.time_since_epoch(), std::memory_order_relaxed);
    return true;
  }
  return false;
}

bool ThreadPool::steal_one(std::size_t self) {
  for (std::size_t i = 1; i < share_count_; ++i)
    if (run_one(self, (self + i) % share_count_)) return true;
  return false;
}

bool ThreadPool::anything_left() const {
  for (std::size_t i = 0; i < share_count_; ++i)
    if ((shares_[i].ticket.load(std::memory_order_seq_cst) & 0xffffffffu) != 0) return true;
  return false;
}

void ThreadPool::work(std::size_t self) {
  const FlushDenormals flush;
  auto idle_since = Clock::now();
  for (unsigned spins = 1;; ++spins) {
    if (run_one(self, self) || (spins % kPatience == 0 && steal_one(self))) {
      spins = 0;
      continue;
    }
    if (stopping_.load(std::memory_order_relaxed)) return;
    relax();
    if (spins % kPatience != 0) continue;
    const auto now = Clock::now();
    if (spins == kPatience) idle_since = now;
    if (now - idle_since < kSpinTime) {
      // The system may have put this thread onto the caller's core, and then there is nothing to do before it gives
      // way.
      std::this_thread::yield();
      continue;
    }
    std::unique_lock lock(mutex_);
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    wake_.wait(lock, [&] { return stopping_.load() || anything_left(); });
    sleepers_.fetch_sub(1, std::memory_order_relaxed);
    spins = 0;
  }
}

}  // namespace gemmnet
