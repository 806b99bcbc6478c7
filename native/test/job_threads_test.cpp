#include "../engine/job_threads.h"

#include <latch>
#include <semaphore>
#include <set>

#include "support.h"

namespace gemmnet::test {
namespace {

// Ends when it is told to.
void hold(const std::atomic<bool>& stop) {
  while (!stop.load()) std::this_thread::yield();
}

}  // namespace

TEST_SUITE_BEGIN("jobs");

TEST_CASE("every job runs, beside all others") {
  constexpr int kJobs = 8;
  std::latch all(kJobs);
  JobThreads threads;
  for (int i = 0; i < kJobs; ++i) threads.start({[&](const std::atomic<bool>&) { all.arrive_and_wait(); }, [] {}});
  all.wait();
}

TEST_CASE("a job after the other runs on the thread that there is") {
  std::set<std::thread::id> ids;
  std::binary_semaphore done(0);
  JobThreads threads;
  for (int i = 0; i < 200; ++i) {
    threads.start({[&](const std::atomic<bool>&) { ids.insert(std::this_thread::get_id()); }, [&] { done.release(); }});
    done.acquire();
  }
  CHECK(ids.size() == 1);
}

TEST_CASE("its end stops those that run, and waits for them") {
  for (int round = 0; round < 100; ++round) {
    std::atomic<int> begun{0}, ended{0}, told{0};
    {
      JobThreads threads;
      for (int i = 0; i < 4; ++i)
        threads.start({[&](const std::atomic<bool>& stop) {
                         begun.fetch_add(1);
                         hold(stop);
                         ended.fetch_add(1);
                       },
                       [&] { told.fetch_add(1); }});
    }
    CHECK(ended.load() == begun.load());
    CHECK(told.load() == 0);
  }
}

TEST_CASE("what a job holds is freed once it has run, and when it never does") {
  const auto held = std::make_shared<int>(0);
  {
    JobThreads threads;
    for (int i = 0; i < 50; ++i) threads.start({[held](const std::atomic<bool>& stop) { hold(stop); }, [held] {}});
  }
  CHECK(held.use_count() == 1);
}

TEST_SUITE_END();

}  // namespace gemmnet::test
