#include "arguments.h"

#include <cmath>

namespace gemmnet::binding {
namespace {

napi_typedarray_type type_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::float32: return napi_float32_array;
    case Dtype::float64: return napi_float64_array;
    case Dtype::int32: return napi_int32_array;
    case Dtype::uint8: break;
  }
  return napi_uint8_array;
}

}  // namespace

ArrayView array_view(const Napi::Value& value, const char* what) {
  ArrayView view{};
  if (value.IsEmpty() ||
      napi_get_typedarray_info(value.Env(), value, &view.type, &view.length, &view.data, nullptr, nullptr) != napi_ok)
    fail(std::string("expected ") + what + " to be a typed array");
  return view;
}

bool is_shared(const Napi::Value& value) {
  napi_value memory;
  bool ordinary = false;
  if (napi_get_typedarray_info(value.Env(), value, nullptr, nullptr, nullptr, &memory, nullptr) != napi_ok)
    return false;
  // Node-API calls only an ordinary ArrayBuffer an array buffer.
  return napi_is_arraybuffer(value.Env(), memory, &ordinary) == napi_ok && !ordinary;
}

std::vector<double> doubles(const Napi::Value& value, const char* what) {
  const ArrayView view = array_view(value, what);
  if (view.type != napi_float64_array) fail(std::string("expected ") + what + " to be a Float64Array");
  const auto* data = static_cast<const double*>(view.data);
  return {data, data + view.length};
}

bool boolean(const Napi::Value& value, const char* what) {
  if (value.IsEmpty() || !value.IsBoolean()) fail(std::string("expected ") + what + " to be a boolean");
  return value.As<Napi::Boolean>().Value();
}

double number(const Napi::Value& value, const char* what) {
  if (value.IsEmpty() || !value.IsNumber()) fail(std::string("expected ") + what + " to be a number");
  return value.As<Napi::Number>().DoubleValue();
}

std::size_t integer(const Napi::Value& value, const char* what) {
  const double x = number(value, what);
  if (!(x >= 0 && x <= 9007199254740991.0 && x == std::floor(x)))
    fail(std::string("expected ") + what + " to be a non-negative integer but received " + std::to_string(x));
  return static_cast<std::size_t>(x);
}

Binding bind(const Program& program, const Napi::Value& buffers, const Napi::Value& scalars, const Napi::Value& profile,
             bool must_be_shared) {
  if (buffers.IsEmpty() || !buffers.IsArray()) fail("expected buffers to be an array of typed arrays");
  const auto array = buffers.As<Napi::Array>();
  const std::size_t count = array.Length();
  if (count != program.buffers.size())
    fail("run: expected " + std::to_string(program.buffers.size()) + " buffers but received " + std::to_string(count));
  Binding binding;
  binding.buffers.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Napi::Value buffer = array.Get(i);
    const ArrayView view = array_view(buffer, "each buffer");
    if (view.type != type_of(program.buffers[i].dtype))
      fail("run: buffer " + std::to_string(i) + " has the wrong element type");
    if (must_be_shared && !is_shared(buffer))
      fail("runSteps: expected buffer " + std::to_string(i) + " to lie on a SharedArrayBuffer");
    binding.buffers.push_back({view.data, view.length});
  }
  const ArrayView table = array_view(scalars, "scalars");
  if (table.type != napi_float64_array) fail("expected scalars to be a Float64Array");
  if (must_be_shared && !is_shared(scalars)) fail("runSteps: expected scalars to lie on a SharedArrayBuffer");
  binding.scalars = static_cast<double*>(table.data);
  binding.scalar_count = table.length;
  if (!profile.IsUndefined())
    binding.profile =
        elements<double>(profile, napi_float64_array, program.instructions.size() * kProfileNumbers, "the profile");
  return binding;
}

}  // namespace gemmnet::binding
