#include "profiler.h"

#ifdef __linux__
#include <tsl/profiler/lib/profiler_session.h>
#include <tsl/profiler/protobuf/profiler_options.pb.h>
#include <tsl/profiler/protobuf/xplane.pb.h>
#endif

#include <memory>
#include <string>

#include "environment.h"
#include "status.h"

namespace ingot {

// TensorFlow's C API has no profiler; its C++ is there for the linker on Linux alone.
#ifdef __linux__

namespace {

Failure FailureOf(const absl::Status& status) {
  return {static_cast<TF_Code>(status.code()), std::string(status.message())};
}

class CollectTask : public Task {
 public:
  CollectTask(Napi::Env env, std::unique_ptr<tsl::ProfilerSession> session)
      : deferred_(env), session_(std::move(session)) {}

  Napi::Promise Promise() const { return deferred_.Promise(); }

  void Execute() override {
    tensorflow::profiler::XSpace space;
    failure_ = FailureOf(session_->CollectData(&space));
    session_.reset();
    if (failure_.ok() && !space.SerializeToString(&bytes_)) failure_ = {TF_INTERNAL, "The profile is too large"};
  }

  void Complete(Napi::Env env) override {
    if (!failure_.ok()) return deferred_.Reject(ToError(env, failure_).Value());
    deferred_.Resolve(Napi::Buffer<char>::Copy(env, bytes_.data(), bytes_.size()));
  }

 private:
  Napi::Promise::Deferred deferred_;
  std::unique_ptr<tsl::ProfilerSession> session_;
  Failure failure_;
  std::string bytes_;
};

}  // namespace

struct Profiler::Recording {
  std::unique_ptr<tsl::ProfilerSession> session;
};

Profiler::Profiler(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  auto bytes = info[0].As<Napi::Uint8Array>();
  tensorflow::ProfileOptions options = tsl::ProfilerSession::DefaultOptions();
  if (!options.MergeFromString(std::string(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength()))) {
    throw ToError(info.Env(), {TF_INVALID_ARGUMENT, "The options are no ProfileOptions"});
  }
  auto session = tsl::ProfilerSession::Create(options);
  const Failure failure = FailureOf(session->Status());
  if (!failure.ok()) throw ToError(info.Env(), failure);
  recording_ = std::make_unique<Recording>(Recording{std::move(session)});
}

Napi::Value Profiler::Collect(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (recording_ == nullptr) throw ToError(env, {TF_FAILED_PRECONDITION, "The profile was collected already"});
  auto task = std::make_unique<CollectTask>(env, std::move(recording_->session));
  recording_.reset();
  const Napi::Promise promise = task->Promise();
  Environment::Of(env).pool->Submit(std::move(task));
  return promise;
}

#else

struct Profiler::Recording {};

Profiler::Profiler(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  throw ToError(info.Env(), {TF_UNIMPLEMENTED, "TensorFlow can be profiled from here on Linux alone"});
}

Napi::Value Profiler::Collect(const Napi::CallbackInfo& info) { return info.Env().Undefined(); }

#endif

Profiler::~Profiler() = default;

Napi::Function Profiler::Define(Napi::Env env) {
  return DefineClass(env, "Profiler", {InstanceMethod<&Profiler::Collect>("collect")});
}

}  // namespace ingot
