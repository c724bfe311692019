#include "profiler.h"

#include <string>

#include "environment.h"
#include "status.h"

namespace ingot {
namespace {

class CollectTask : public Task {
 public:
  CollectTask(Napi::Env env, std::unique_ptr<Profile> profile) : deferred_(env), profile_(std::move(profile)) {}

  Napi::Promise Promise() const { return deferred_.Promise(); }

  void Execute() override { failure_ = profile_->Collect(&bytes_); }

  void Complete(Napi::Env env) override {
    if (!failure_.ok()) return deferred_.Reject(ToError(env, failure_).Value());
    deferred_.Resolve(Napi::Buffer<char>::Copy(env, bytes_.data(), bytes_.size()));
  }

 private:
  Napi::Promise::Deferred deferred_;
  std::unique_ptr<Profile> profile_;
  Failure failure_;
  std::string bytes_;
};

}  // namespace

Profiler::Profiler(const Napi::CallbackInfo& info) : ObjectWrap(info), profile_(std::make_unique<Profile>()) {
  auto bytes = info[0].As<Napi::Uint8Array>();
  const Failure failure = profile_->Begin(std::string(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength()));
  if (!failure.ok()) throw ToError(info.Env(), failure);
}

void Profiler::Mark(const Napi::CallbackInfo& info) {
  if (profile_ != nullptr) profile_->Mark(info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : "");
}

Napi::Value Profiler::Collect(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (profile_ == nullptr) throw ToError(env, {TF_FAILED_PRECONDITION, "The profile was collected already"});
  auto task = std::make_unique<CollectTask>(env, std::move(profile_));
  const Napi::Promise promise = task->Promise();
  Environment::Of(env).pool->Submit(std::move(task));
  return promise;
}

Napi::Function Profiler::Define(Napi::Env env) {
  return DefineClass(env, "Profiler", {InstanceMethod<&Profiler::Collect>("collect"), InstanceMethod<&Profiler::Mark>("mark")});
}

}  // namespace ingot
