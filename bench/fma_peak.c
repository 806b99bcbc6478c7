// Measures how many floating-point operations a second the cores can do at all: chains of fused multiply-adds in
// float32 that wait for nobody else, in the widest registers of the machine. Prints GFLOP/s of as many threads as the
// argument says.

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CHAINS = 12, ROUNDS = 1 << 16, MAX_THREADS = 1024 };
static const double seconds_to_run = 0.25;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

// More chains than latency × ports of any core. Each is a variable: arrays do not stay in registers.
#define EACH_CHAIN(DO) DO(c0) DO(c1) DO(c2) DO(c3) DO(c4) DO(c5) DO(c6) DO(c7) DO(c8) DO(c9) DO(c10) DO(c11)
#define DECLARE(c) Register c = term;
#define ADVANCE(c) c = c * factor + term;
// Claims to read and change the chain, so that the compiler neither drops the work nor computes it ahead.
#define PIN(c) __asm__ volatile("" : "+" REGISTER_CLASS(c));

// Returns how many operations it did.
#define DEFINE_CHAINS(NAME, BYTES, ATTRIBUTE)                   \
  ATTRIBUTE static double NAME(void) {                          \
    typedef float Register __attribute__((vector_size(BYTES))); \
    const Register factor = (Register){0} + 0.5f;               \
    const Register term = factor;                               \
    EACH_CHAIN(DECLARE)                                         \
    for (int round = 0; round < ROUNDS; round++) {              \
      EACH_CHAIN(ADVANCE)                                       \
      EACH_CHAIN(PIN)                                           \
    }                                                           \
    return 2.0 * ROUNDS * CHAINS * (BYTES / sizeof(float));     \
  }

#if defined(__x86_64__)
#define REGISTER_CLASS "v"
DEFINE_CHAINS(avx512, 64, __attribute__((target("avx512f"))))
DEFINE_CHAINS(avx2, 32, __attribute__((target("avx2,fma"))))
DEFINE_CHAINS(narrow, 16, )
static double chains(void) {
  if (__builtin_cpu_supports("avx512f")) return avx512();
  return __builtin_cpu_supports("fma") ? avx2() : narrow();
}
#else
#define REGISTER_CLASS "w"
DEFINE_CHAINS(chains, 16, )
#endif

static void* work(void* rate) {
  const double start = now();
  double operations = 0, seconds = 0;
  while (seconds < seconds_to_run) {
    operations += chains();
    seconds = now() - start;
  }
  *(double*)rate = operations / seconds;
  return NULL;
}

int main(int argc, char** argv) {
  const int threads = argc > 1 ? atoi(argv[1]) : 1;
  if (threads < 1 || threads > MAX_THREADS) return 2;
  pthread_t handles[MAX_THREADS];
  double rates[MAX_THREADS], sum = 0;
  for (int i = 0; i < threads; i++) {
    if (pthread_create(&handles[i], NULL, work, &rates[i]) != 0) return 1;
  }
  for (int i = 0; i < threads; i++) {
    pthread_join(handles[i], NULL);
    sum += rates[i];
  }
  printf("%.3f\n", sum / 1e9);
  return 0;
}
