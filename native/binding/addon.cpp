// What JavaScript sees: the op catalogue, the machine, the class Program, NumPy's random numbers, and tables of text.
#include "../engine/cpu.h"
#include "../engine/random.h"
#include "../engine/system_memory.h"
#include "../engine/text_rows.h"
#include "program_object.h"

namespace gemmnet::binding {
namespace {

Napi::Value instruction_sets(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto names = available_instruction_sets();
    Napi::Array array = Napi::Array::New(info.Env(), names.size());
    for (std::uint32_t i = 0; i < names.size(); ++i) array.Set(i, names[i]);
    return array;
  });
}

Napi::Value current_instruction_set(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), instruction_set().name);
}

Napi::Value set_instruction_set(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    if (!info[0].IsString()) fail("expected the instruction set to be a string");
    choose_instruction_set(info[0].As<Napi::String>().Utf8Value());
    return info.Env().Undefined();
  });
}

Napi::Value threads(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), static_cast<double>(ThreadPool::shared().size()));
  });
}

Napi::Value set_threads(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::size_t count = integer(info[0], "threads");
    if (count < 1 || count > 1024) fail("expected threads to be from 1 to 1024 but received " + std::to_string(count));
    ThreadPool::shared().resize(count);
    return info.Env().Undefined();
  });
}

// adviseHugePages(memory: Uint8Array), which nobody has touched yet
Napi::Value huge_pages(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto* memory = elements<std::uint8_t>(info[0], napi_uint8_array, 0, "memory");
    advise_huge_pages(memory, array_view(info[0], "memory").length);
    return info.Env().Undefined();
  });
}

// The state that two arrays hold, key: Uint32Array(624) and meta: Float64Array [position, hasGauss, gauss], while
// numbers are drawn.
template <class F>
Napi::Value with_random(const Napi::CallbackInfo& info, F draw) {
  return guarded(info.Env(), [&] {
    auto* key = elements<std::uint32_t>(info[0], napi_uint32_array, 624, "key");
    auto* meta = elements<double>(info[1], napi_float64_array, 3, "meta");
    if (!(meta[0] >= 0 && meta[0] <= 624))
      fail("expected a position from 0 to 624 but received " + std::to_string(meta[0]));
    LegacyRandom state{key, static_cast<std::uint32_t>(meta[0]), meta[1] != 0, meta[2]};
    draw(state);
    meta[0] = state.position, meta[1] = state.has_gauss ? 1 : 0, meta[2] = state.gauss;
    return info.Env().Undefined();
  });
}

// fillUniforms and fillNormals(key, meta, out: Float64Array)
template <void (*fill)(LegacyRandom&, double*, std::size_t)>
Napi::Value draw(const Napi::CallbackInfo& info) {
  return with_random(info, [&](LegacyRandom& state) {
    auto* out = elements<double>(info[2], napi_float64_array, 0, "out");
    fill(state, out, array_view(info[2], "out").length);
  });
}

// fillBounded(key, meta, out: Int32Array, max)
Napi::Value draw_bounded(const Napi::CallbackInfo& info) {
  return with_random(info, [&](LegacyRandom& state) {
    auto* out = elements<std::int32_t>(info[2], napi_int32_array, 0, "out");
    const std::size_t max = integer(info[3], "max");
    if (max > 0x7fffffff) fail("expected max to be below 2147483648 but received " + std::to_string(max));
    fill_bounded(state, out, array_view(info[2], "out").length, static_cast<std::uint32_t>(max));
  });
}

// cutRows(text: Uint8Array, start, end, meanings: Uint8Array(256), point, columns, starts: Int32Array, ends:
// Int32Array, numbers: Float64Array, rows: Int32Array of three for each), how many rows: number
Napi::Value cut(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const std::size_t start = integer(info[1], "start"), end = integer(info[2], "end");
    if (start > end || end > 0x7fffffff) fail("expected start up to end, and that below 2147483648");
    const auto* text = elements<char>(info[0], napi_uint8_array, end, "text");
    const auto* meanings = elements<std::uint8_t>(info[3], napi_uint8_array, 256, "meanings");
    const std::size_t point = integer(info[4], "point"), columns = integer(info[5], "columns");
    if (point > 256) fail("expected point to be a byte, or 256");
    const std::size_t most = array_view(info[6], "starts").length;
    const TextCells cells{elements<std::int32_t>(info[6], napi_int32_array, most, "starts"),
                          elements<std::int32_t>(info[7], napi_int32_array, most, "ends"),
                          elements<double>(info[8], napi_float64_array, most, "numbers"), most};
    static_assert(sizeof(TextRow) == 3 * sizeof(std::int32_t));
    auto* rows = reinterpret_cast<TextRow*>(elements<std::int32_t>(info[9], napi_int32_array, 0, "rows"));
    const std::size_t count = cut_rows(text, start, end, meanings, static_cast<int>(point), columns, cells, rows,
                                       array_view(info[9], "rows").length / 3);
    return Napi::Number::New(info.Env(), static_cast<double>(count));
  });
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  keep_freed_memory();
  Napi::Object ops = Napi::Object::New(env);
  Napi::Array numbers = Napi::Array::New(env, kOpCount);
  for (std::uint32_t i = 0; i < kOpCount; ++i) {
    ops.Set(signatures()[i].name, signatures()[i].text);
    numbers.Set(i, signatures()[i].name);
  }
  exports.Set("ops", ops);
  exports.Set("opNames", numbers);
  exports.Set("instructionSets", Napi::Function::New(env, instruction_sets));
  exports.Set("instructionSet", Napi::Function::New(env, current_instruction_set));
  exports.Set("setInstructionSet", Napi::Function::New(env, set_instruction_set));
  exports.Set("threads", Napi::Function::New(env, threads));
  exports.Set("setThreads", Napi::Function::New(env, set_threads));
  exports.Set("adviseHugePages", Napi::Function::New(env, huge_pages));
  exports.Set("fillUniforms", Napi::Function::New(env, draw<fill_uniforms>));
  exports.Set("fillNormals", Napi::Function::New(env, draw<fill_normals>));
  exports.Set("fillBounded", Napi::Function::New(env, draw_bounded));
  exports.Set("cutRows", Napi::Function::New(env, cut));
  exports.Set("Program", ProgramObject::define(env));
  return exports;
}

NODE_API_MODULE(gemmnet, init)

}  // namespace
}  // namespace gemmnet::binding
