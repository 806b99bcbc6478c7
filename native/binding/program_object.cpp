#include "program_object.h"

#include <optional>
#include <utility>

#include "background_work.h"

namespace gemmnet::binding {
namespace {

// Keeps typed arrays from being collected while their memory is in use.
class Kept {
 public:
  // A typed array, or an array of them, or undefined.
  void add(const Napi::Value& value) {
    if (value.IsEmpty()) fail("expected a typed array");
    if (value.IsUndefined()) return;
    if (!value.IsArray()) return references_.push_back(Napi::Persistent(value.As<Napi::Object>()));
    const auto array = value.As<Napi::Array>();
    for (std::uint32_t i = 0; i < array.Length(); ++i) add(array.Get(i));
  }

 private:
  std::vector<Napi::ObjectReference> references_;
};

// Many training steps. It keeps every typed array that the steps touch.
class StepsWork : public Work {
 public:
  StepsWork(std::shared_ptr<const Program> program, const Steps& steps, Binding binding, Kept kept,
            Napi::FunctionReference done)
      : program_(std::move(program)),
        steps_(steps),
        binding_(std::move(binding)),
        kept_(std::move(kept)),
        done_(std::move(done)) {}

  void execute(const std::atomic<bool>& stop) override {
    steps_.stop = &stop;
    failure_ = caught([&] { result_ = gemmnet::run_steps(*program_, steps_, binding_, ThreadPool::shared()); });
  }

  void settle(napi_env env) override {
    napi_value error = Napi::Env(env).Undefined();
    if (failure_)
      napi_create_error(env, Napi::String::New(env, failure_->code), Napi::String::New(env, failure_->message), &error);
    const napi_value arguments[] = {error, Napi::Number::New(env, static_cast<double>(result_.done)),
                                    Napi::Number::New(env, static_cast<double>(result_.end))};
    // Fails only where the environment is being terminated, and there nobody waits for it.
    napi_call_function(env, Napi::Env(env).Undefined(), done_.Value(), 3, arguments, nullptr);
  }

 private:
  std::shared_ptr<const Program> program_;
  Steps steps_;
  Binding binding_;
  Kept kept_;
  Napi::FunctionReference done_;
  StepsResult result_{};
  std::optional<Failure> failure_;
};

// A run that was checked, to be repeated. Its memory is shared, so nothing can detach it.
struct PreparedRun {
  std::shared_ptr<const Program> program;
  Range range;
  std::size_t rows;
  Binding binding;
  Kept kept;
};

}  // namespace

Napi::Function ProgramObject::define(Napi::Env env) {
  return DefineClass(env, "Program",
                     {InstanceMethod<&ProgramObject::run>("run"), InstanceMethod<&ProgramObject::prepare>("prepare"),
                      InstanceMethod<&ProgramObject::run_steps>("runSteps")});
}

// new Program(float64, capacity, buffers, slots, scalarCount, code, keepsDenormals); see engine/program.h
ProgramObject::ProgramObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ProgramObject>(info) {
  guarded(info.Env(), [&] {
    program_ = std::make_shared<const Program>(decode(boolean(info[0], "float64"), number(info[1], "the capacity"),
                                                      doubles(info[2], "buffers"), doubles(info[3], "slots"),
                                                      number(info[4], "the number of scalars"),
                                                      doubles(info[5], "code"), boolean(info[6], "keepsDenormals")));
    return info.Env().Undefined();
  });
}

Napi::Value ProgramObject::run(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Range range{integer(info[0], "first"), integer(info[1], "last")};
    const std::size_t rows = integer(info[2], "rows");
    gemmnet::run(*program_, range, rows, bind(*program_, info[3], info[4], info[5], false), ThreadPool::shared());
    return info.Env().Undefined();
  });
}

Napi::Value ProgramObject::prepare(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto prepared = std::make_shared<PreparedRun>();
    prepared->program = program_;
    prepared->range = {integer(info[0], "first"), integer(info[1], "last")};
    prepared->rows = integer(info[2], "rows");
    prepared->binding = bind(*program_, info[3], info[4], info[5], true);
    check_run(*program_, prepared->range, prepared->rows, prepared->binding);
    for (std::size_t i = 3; i <= 5; ++i) prepared->kept.add(info[i]);
    return Napi::Function::New(info.Env(), [prepared](const Napi::CallbackInfo& call) {
      return guarded(call.Env(), [&] {
        run_checked(*prepared->program, prepared->range, prepared->rows, prepared->binding, ThreadPool::shared());
        return call.Env().Undefined();
      });
    });
  });
}

Napi::Value ProgramObject::run_steps(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Steps steps{};
    steps.count = integer(info[0], "count");
    steps.rows = integer(info[1], "rows");
    Binding binding = bind(*program_, info[2], info[3], info[9], true);
    const std::vector<double> scalars = doubles(info[7], "scalar numbers");
    if (scalars.empty()) fail("runSteps: expected the number of the loss, and those of the stepped scalars");
    const std::size_t columns = scalars.size() - 1;
    if (columns > 0 && steps.count > static_cast<std::size_t>(-1) / columns) fail("runSteps: too many steps");
    steps.values = elements<double>(info[4], napi_float64_array, steps.count * columns, "the stepped scalars");
    steps.losses = elements<double>(info[5], napi_float64_array, steps.count, "losses");
    steps.control = elements<std::int32_t>(info[6], napi_int32_array, 2, "control");
    for (std::size_t i = 4; i <= 6; ++i)
      if (!is_shared(info[i]))
        fail("runSteps: expected the stepped scalars, losses and control to lie on SharedArrayBuffers");
    const auto scalar = [](double x) { return x >= 0 ? static_cast<std::size_t>(x) : kNone; };
    steps.loss = scalar(scalars[0]);
    for (std::size_t i = 1; i < scalars.size(); ++i) steps.stepped.push_back(scalar(scalars[i]));
    steps.backward = integer(info[8], "backward");

    if (!info[10].IsFunction()) fail("runSteps: expected a function to call when they are done");

    Kept kept;
    for (const std::size_t i : {2, 3, 4, 5, 6, 9}) kept.add(info[i]);
    BackgroundWork::of(info.Env())
        .start(std::make_unique<StepsWork>(program_, steps, std::move(binding), std::move(kept),
                                           Napi::Persistent(info[10].As<Napi::Function>())));
    return info.Env().Undefined();
  });
}

}  // namespace gemmnet::binding
