#include "../engine/thread_pool.h"

#include <set>

#include "support.h"

namespace gemmnet::test {

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
