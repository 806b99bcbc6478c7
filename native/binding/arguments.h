// Unpacking of JavaScript values. Every function checks before it reads; a value of the wrong kind is an Error, never a
// crash. In an environment that is being terminated whatever could run JavaScript (a conversion, an element of an
// array) yields an empty value, of which node-addon-api makes an abort when it is asked for more.
#pragma once

#define NAPI_VERSION 8
#include <napi.h>

#include <optional>
#include <string>
#include <vector>

#include "../engine/error.h"
#include "../engine/executor.h"

namespace gemmnet::binding {

struct ArrayView {
  napi_typedarray_type type;
  void* data;
  std::size_t length;
};

ArrayView array_view(const Napi::Value& value, const char* what);

// Whether the memory of a typed array is a SharedArrayBuffer, which nothing can detach.
bool is_shared(const Napi::Value& value);

template <class T>
T* elements(const Napi::Value& value, napi_typedarray_type type, std::size_t least, const char* what) {
  const ArrayView view = array_view(value, what);
  if (view.type != type || view.length < least)
    fail(std::string("expected ") + what + " to be a typed array of its type with at least " + std::to_string(least) +
         " elements");
  return static_cast<T*>(view.data);
}

std::vector<double> doubles(const Napi::Value& value, const char* what);
bool boolean(const Napi::Value& value, const char* what);
double number(const Napi::Value& value, const char* what);
// A non-negative integer.
std::size_t integer(const Napi::Value& value, const char* what);

// One typed array for each buffer of the program, the Float64Array of scalars, and one for the profile or undefined.
Binding bind(const Program& program, const Napi::Value& buffers, const Napi::Value& scalars, const Napi::Value& profile,
             bool must_be_shared);

// Why something failed: one of the stable codes of lib/core/errors.ts, and the message.
struct Failure {
  const char* code;
  std::string message;
};

// Runs f, and returns what it threw.
template <class F>
std::optional<Failure> caught(F f) {
  try {
    f();
    return std::nullopt;
  } catch (const Error& error) {
    return Failure{error.code(), error.what()};
  } catch (const std::bad_alloc&) {
    return Failure{"ERR_MEMORY", "not enough memory"};
  } catch (const std::exception& error) {
    return Failure{"ERR_BACKEND", error.what()};
  }
}

// Runs f and turns whatever it throws into a pending JavaScript exception: no C++ exception crosses Node-API.
template <class F>
Napi::Value guarded(Napi::Env env, F f) {
  Napi::Value result = env.Undefined();
  // An environment that is being terminated takes no exception, and needs none.
  if (const auto failure = caught([&] { result = f(); }))
    napi_throw_error(env, failure->code, failure->message.c_str());
  return result;
}

}  // namespace gemmnet::binding
