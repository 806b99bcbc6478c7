// Matrix products of a BLAS or of oneDNN, in the protocol of ../contender-process.js:
//
//   gemm_peers LIBRARY    such as libopenblas.so.0, libblis.so.4, libdnnl.so.2
//
// The library is loaded at run time, so that no headers are needed and libraries that define the same names can be
// compared.

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

typedef void (*CblasGemm)(int layout, int transposed_a, int transposed_b, int m, int n, int k, float alpha,
                          const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc);
// Row-major, with oneDNN's dnnl_dim_t.
typedef int (*DnnlGemm)(char transposed_a, char transposed_b, int64_t m, int64_t n, int64_t k, float alpha,
                        const float* a, int64_t lda, const float* b, int64_t ldb, float beta, float* c, int64_t ldc);
typedef char* (*Describe)(void);
typedef struct {
  int major, minor, patch;
} DnnlVersion;

enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112, ALIGNMENT = 64, PAGE = 4096, LARGE = 4 << 20 };

static CblasGemm cblas_gemm;
static DnnlGemm dnnl_gemm;

static struct {
  int transposed_a, transposed_b, m, n, k;
  float *a, *b, *c;
} product;

static void multiply(void) {
  const int m = product.m, n = product.n, k = product.k;
  const int lda = product.transposed_a ? m : k;
  const int ldb = product.transposed_b ? k : n;
  if (cblas_gemm) {
    cblas_gemm(ROW_MAJOR, product.transposed_a ? TRANSPOSE : NO_TRANSPOSE,
               product.transposed_b ? TRANSPOSE : NO_TRANSPOSE, m, n, k, 1, product.a, lda, product.b, ldb, 0,
               product.c, n);
  } else {
    dnnl_gemm(product.transposed_a ? 'T' : 'N', product.transposed_b ? 'T' : 'N', m, n, k, 1, product.a, lda, product.b,
              ldb, 0, product.c, n);
  }
}

// Multiples of 1/8 in −1 … 1, the same as those of gemmnet_gemm.js.
static float* operand(size_t length, uint32_t seed) {
  const size_t bytes = (length * sizeof(float) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  float* values = aligned_alloc(ALIGNMENT, bytes);
  if (!values) abort();
#if defined(MADV_HUGEPAGE)
  // As gemmnet does it, and NumPy: huge pages for large arrays.
  const uintptr_t begin = ((uintptr_t)values + PAGE - 1) / PAGE * PAGE, end = ((uintptr_t)values + bytes) / PAGE * PAGE;
  if (bytes >= LARGE) madvise((void*)begin, end - begin, MADV_HUGEPAGE);
#endif
  for (size_t i = 0; i < length; i++) {
    seed = seed * 1664525u + 1013904223u;
    values[i] = ((int)((seed >> 16) % 17) - 8) / 8.0f;
  }
  return values;
}

// The non-negative integer after "name": in one line of JSON.
static int field(const char* line, const char* name) {
  char key[32];
  snprintf(key, sizeof key, "\"%s\":", name);
  const char* found = strstr(line, key);
  return found ? atoi(found + strlen(key)) : 0;
}

static void prepare(const char* line) {
  free(product.a);
  free(product.b);
  free(product.c);
  product.transposed_a = strstr(line, "\"gemm_t") != NULL;
  product.transposed_b = strstr(line, "\"gemm_nt\"") != NULL;
  product.m = field(line, "m");
  product.n = field(line, "n");
  product.k = field(line, "k");
  product.a = operand((size_t)product.m * product.k, 1);
  product.b = operand((size_t)product.k * product.n, 2);
  product.c = operand((size_t)product.m * product.n, 3);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static double run(int count) {
  const double start = now();
  for (int i = 0; i < count; i++) multiply();
  return now() - start;
}

// Sums of c with weights that tell rows and columns apart; all exact.
static void print_values(void) {
  printf(",\"values\":[");
  for (int part = 0; part < 3; part++) {
    double sum = 0;
    for (size_t i = 0; i < (size_t)product.m * product.n; i++) sum += (double)(i % (7 + part) + 1) * product.c[i];
    printf("%s%.17g", part ? "," : "", sum);
  }
  printf("]");
}

static void load(const char* name) {
  void* library = dlopen(name, RTLD_NOW | RTLD_GLOBAL);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  *(void**)&cblas_gemm = dlsym(library, "cblas_sgemm");
  *(void**)&dnnl_gemm = dlsym(library, "dnnl_sgemm");
  if (!cblas_gemm && !dnnl_gemm) {
    fprintf(stderr, "%s has neither cblas_sgemm nor dnnl_sgemm\n", name);
    exit(1);
  }
  Describe openblas, blis;
  const DnnlVersion* (*dnnl)(void);
  *(void**)&openblas = dlsym(library, "openblas_get_config");
  *(void**)&blis = dlsym(library, "bli_info_get_version_str");
  *(void**)&dnnl = dlsym(library, "dnnl_version");
  if (openblas) {
    printf("{\"version\":\"%s\"}\n", openblas());
  } else if (blis) {
    printf("{\"version\":\"BLIS %s\"}\n", blis());
  } else if (dnnl) {
    printf("{\"version\":\"oneDNN %d.%d.%d\"}\n", dnnl()->major, dnnl()->minor, dnnl()->patch);
  } else {
    printf("{\"version\":\"%s\"}\n", name);
  }
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  load(argv[1]);
  char line[4096];
  while (fgets(line, sizeof line, stdin)) {
    if (strncmp(line, "{\"prepare\"", 10) == 0) {
      prepare(line);
      printf("{}\n");
    } else {
      const int check = strncmp(line, "{\"check\"", 8) == 0;
      printf("{\"seconds\":%.9f", run(field(line, check ? "check" : "run")));
      if (check) print_values();
      printf("}\n");
    }
  }
  return 0;
}
