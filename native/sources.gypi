{
  "variables": {
    "baseline_files": ["isa/baseline.cpp"],
    "avx2_files": ["isa/avx2.cpp"],
    "avx512_files": ["isa/avx512.cpp"],
    "engine_files": [
      "engine/convolution.cpp",
      "engine/cpu.cpp",
      "engine/decimal.cpp",
      "engine/executor.cpp",
      "engine/fusion.cpp",
      "engine/gemm.cpp",
      "engine/geometry.cpp",
      "engine/system_memory.cpp",
      "engine/job_threads.cpp",
      "engine/program.cpp",
      "engine/random.cpp",
      "engine/signature.cpp",
      "engine/text_rows.cpp",
      "engine/thread_pool.cpp"
    ],
    "binding_files": [
      "binding/addon.cpp",
      "binding/arguments.cpp",
      "binding/background_work.cpp",
      "binding/program_object.cpp"
    ],
    "test_files": [
      "test/convolution_test.cpp",
      "test/decimal_test.cpp",
      "test/executor_test.cpp",
      "test/gemm_test.cpp",
      "test/job_threads_test.cpp",
      "test/kernels_test.cpp",
      "test/main.cpp",
      "test/math_test.cpp",
      "test/philox_test.cpp",
      "test/pool_test.cpp",
      "test/program_test.cpp",
      "test/random_test.cpp",
      "test/text_rows_test.cpp"
    ],
    "binding_defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
    "compile_flags": ["-Wall", "-Wextra", "-O3", "-fvisibility=hidden"],
    "isa_flags": ["-ffp-contract=off", "-fno-rtti", "-fno-exceptions", "-Wno-uninitialized", "-Wno-maybe-uninitialized"],
    "avx2_flags": ["-mavx2", "-mfma"],
    "avx512_flags": ["-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mavx2", "-mfma"]
  }
}
