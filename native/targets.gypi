# The targets, for the binding.gyp of the checkout and the one that the package ships. One static library an instruction set, so that each has its
# own flags and the linker takes nothing of it but its table.
{
  "includes": ["sources.gypi"],
  "target_defaults": {
    "cflags": ["<@(compile_flags)"],
    "cflags_cc": ["-std=c++20"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
    # Node unloads an addon with the last worker thread that loaded it, but threads of the pool are still inside.
    "ldflags": ["-Wl,--gc-sections", "-Wl,-z,nodelete"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "OTHER_CFLAGS": ["<@(compile_flags)"],
      "MACOSX_DEPLOYMENT_TARGET": "11.0"
    }
  },
  "targets": [
    {
      "target_name": "isa_baseline",
      "type": "static_library",
      "sources": ["<@(baseline_files)"],
      "cflags": ["<@(isa_flags)"]
    },
    {
      "target_name": "gemmnet",
      "sources": ["<@(engine_files)", "<@(binding_files)"],
      "dependencies": ["isa_baseline"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["<@(binding_defines)"],
      "cflags": ["-ffp-contract=off"],
      "cflags_cc": ["-fexceptions"],
      "cflags_cc!": ["-fno-exceptions"],
      "xcode_settings": {"GCC_ENABLE_CPP_EXCEPTIONS": "YES"},
      "conditions": [
        ["target_arch == 'x64'", {"dependencies": ["isa_avx2", "isa_avx512"]}]
      ]
    }
  ],
  "conditions": [
    ["target_arch == 'x64'", {
      "targets": [
        {
          "target_name": "isa_avx2",
          "type": "static_library",
          "sources": ["<@(avx2_files)"],
          "cflags": ["<@(isa_flags)", "<@(avx2_flags)"],
          "xcode_settings": {"OTHER_CFLAGS": ["<@(isa_flags)", "<@(avx2_flags)"]}
        },
        {
          "target_name": "isa_avx512",
          "type": "static_library",
          "sources": ["<@(avx512_files)"],
          "cflags": ["<@(isa_flags)", "<@(avx512_flags)"],
          "xcode_settings": {"OTHER_CFLAGS": ["<@(isa_flags)", "<@(avx512_flags)"]}
        }
      ]
    }]
  ]
}
