#include "../engine/thread_pool.h"

#include <set>

#include "support.h"

namespace gemmnet::test {
namespace {

using Clock = std::chrono::steady_clock;

void work_for(Clock::duration duration) {
  for (const auto begun = Clock::now(); Clock::now() - begun < duration;) {
  }
}

// Long enough for a worker that is awake to join in.
constexpr auto kTask = std::chrono::microseconds(20);

// Runs jobs of two tasks, one for each thread, until the pool works alone. The caller or the worker loses its core for
// so long in each of its tasks. On a busy machine the worker may not come to its tasks for a long time: then the caller
// does both, and nobody waits.
bool keeps_away(ThreadPool& pool, bool caller_is_late, std::chrono::microseconds lost) {
  const auto caller = std::this_thread::get_id();
  const auto begun = Clock::now();
  while (pool.threads() > 1 && Clock::now() - begun < std::chrono::seconds(20))
    pool.run(2, [&](std::size_t) {
      work_for(kTask);
      if ((std::this_thread::get_id() == caller) == caller_is_late) std::this_thread::sleep_for(lost);
    });
  return pool.threads() == 1;
}

// For how long it then does.
Clock::duration time_alone(const ThreadPool& pool) {
  const auto started = Clock::now();
  while (pool.threads() == 1 && Clock::now() - started < std::chrono::seconds(10))
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  return Clock::now() - started;
}

}  // namespace

TEST_SUITE_BEGIN("pool");

TEST_CASE("every task runs once, job after job") {
  for (const std::size_t threads : {1u, 2u, 4u}) {
    ThreadPool pool(threads);
    for (std::size_t job = 0; job < 2000; ++job) {
      const std::size_t tasks = job % 17;
      std::vector<std::atomic<int>> runs(tasks);
      pool.run(tasks, [&](std::size_t task) { runs[task].fetch_add(1, std::memory_order_relaxed); });
      for (const auto& count : runs) REQUIRE(count.load() == 1);
    }
  }
}

TEST_CASE("sleeping threads wake up") {
  ThreadPool pool(3);
  for (int job = 0; job < 20; ++job) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::atomic<int> sum{0};
    pool.run(100, [&](std::size_t task) { sum.fetch_add(static_cast<int>(task)); });
    REQUIRE(sum.load() == 4950);
  }
}

TEST_CASE("a thread that is held up delays its task only, and no task is lost while the pool keeps away from it") {
  ThreadPool pool(2);
  const auto caller = std::this_thread::get_id();
  for (int job = 0; job < 300; ++job) {
    std::vector<std::atomic<int>> runs(8);
    pool.run(runs.size(), [&](std::size_t task) {
      if (job % 50 == 0 && std::this_thread::get_id() != caller)
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
      runs[task].fetch_add(1, std::memory_order_relaxed);
    });
    for (const auto& count : runs) REQUIRE(count.load() == 1);
  }
}

TEST_CASE("it keeps away from others who take a core, be it the worker's or the caller's") {
  for (const bool caller_is_late : {false, true}) {
    CAPTURE(caller_is_late);
    ThreadPool pool(2);
    CHECK(pool.threads() == 2);
    CHECK(keeps_away(pool, caller_is_late, std::chrono::milliseconds(5)));
    CHECK(pool.size() == 2);
    std::size_t tasks = 0;
    pool.run(5, [&](std::size_t) { ++tasks; });
    CHECK(tasks == 5);
    time_alone(pool);
    CHECK(pool.threads() == 2);
  }
}

TEST_CASE("many short waits count as one long one") {
  ThreadPool pool(2);
  CHECK(keeps_away(pool, false, std::chrono::microseconds(400)));
}

TEST_CASE("it keeps away for longer each time") {
  using std::chrono::milliseconds;
  ThreadPool pool(2);
  const auto away = [&] {
    REQUIRE(keeps_away(pool, false, milliseconds(5)));
    return time_alone(pool);
  };
  // It asks the clock now and then, some milliseconds after its time is over.
  CHECK(away() > milliseconds(15));
  CHECK(away() > milliseconds(70));
  CHECK(away() > milliseconds(300));
}

TEST_CASE("several callers, and a task that calls again, share one pool") {
  ThreadPool pool(2);
  std::atomic<int> total{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&] {
      for (int job = 0; job < 200; ++job)
        pool.run(4, [&](std::size_t) { pool.run(3, [&](std::size_t) { total.fetch_add(1); }); });
    });
  for (auto& caller : callers) caller.join();
  CHECK(total.load() == 3 * 200 * 12);
}

TEST_CASE("it can be resized between jobs and while another thread uses it") {
  ThreadPool pool(2);
  std::atomic<int> total{0};
  std::thread user([&] {
    for (int job = 0; job < 500; ++job) pool.run(5, [&](std::size_t) { total.fetch_add(1); });
  });
  for (const std::size_t threads : {1u, 3u, 2u, 4u, 1u}) {
    pool.resize(threads);
    CHECK(pool.size() == threads);
  }
  user.join();
  CHECK(total.load() == 2500);
}

TEST_SUITE_END();

}  // namespace gemmnet::test
