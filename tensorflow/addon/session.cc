#include "session.h"

#include "environment.h"
#include "step.h"

namespace ingot {
namespace {

std::string Bytes(Napi::Value value) {
  auto array = value.As<Napi::Uint8Array>();
  return std::string(reinterpret_cast<const char*>(array.Data()), array.ByteLength());
}

std::vector<std::string> Strings(Napi::Value value) {
  auto array = value.As<Napi::Array>();
  std::vector<std::string> strings;
  for (uint32_t i = 0; i < array.Length(); ++i) strings.push_back(array.Get(i).As<Napi::String>().Utf8Value());
  return strings;
}

// Loads off the event loop and settles a promise with the session.
class LoadTask : public Task {
 public:
  explicit LoadTask(Napi::Env env) : deferred_(env), graph_(std::make_shared<Graph>()) {}

  Napi::Promise Promise() const { return deferred_.Promise(); }

  void Complete(Napi::Env env) override {
    if (!failure_.ok()) return deferred_.Reject(ToError(env, failure_).Value());
    deferred_.Resolve(Result(env));
  }

 protected:
  virtual Napi::Value Result(Napi::Env env) = 0;

  Napi::Promise::Deferred deferred_;
  std::shared_ptr<Graph> graph_;
  Failure failure_;
};

class LoadSavedModelTask : public LoadTask {
 public:
  LoadSavedModelTask(Napi::Env env, std::string dir, std::vector<std::string> tags, std::string config)
      : LoadTask(env), dir_(std::move(dir)), tags_(std::move(tags)), config_(std::move(config)) {}

  void Execute() override {
    failure_ = graph_->LoadSavedModel(dir_, tags_, config_, &signatures_);
    if (failure_.ok()) return;
    graph_.reset();
    ReturnFreedMemory();
  }

 protected:
  Napi::Value Result(Napi::Env env) override {
    Napi::Array both = Napi::Array::New(env, 2);
    both.Set(0u, Session::Wrap(env, graph_));
    both.Set(1u, Napi::Buffer<char>::Copy(env, signatures_.data(), signatures_.size()));
    return both;
  }

 private:
  const std::string dir_;
  const std::vector<std::string> tags_;
  const std::string config_;
  std::string signatures_;
};

class LoadGraphDefTask : public LoadTask {
 public:
  LoadGraphDefTask(Napi::Env env, Napi::Uint8Array graph_def, std::string config)
      : LoadTask(env),
        data_(graph_def.Data()),
        bytes_(graph_def.ByteLength()),
        held_(Napi::Persistent(graph_def.As<Napi::Object>())),
        config_(std::move(config)) {}

  void Execute() override {
    failure_ = graph_->LoadGraphDef(data_, bytes_, config_);
    if (!failure_.ok()) graph_.reset();
  }

 protected:
  Napi::Value Result(Napi::Env env) override { return Session::Wrap(env, graph_); }

 private:
  const void* data_;
  const size_t bytes_;
  Napi::ObjectReference held_;
  const std::string config_;
};

class FreeTask : public Task {
 public:
  FreeTask(std::shared_ptr<Graph> graph, std::unique_ptr<Napi::Promise::Deferred> done)
      : graph_(std::move(graph)), done_(std::move(done)) {}

  void Execute() override {
    graph_.reset();
    ReturnFreedMemory();
  }
  void Complete(Napi::Env env) override { done_->Resolve(env.Undefined()); }

 private:
  std::shared_ptr<Graph> graph_;
  std::unique_ptr<Napi::Promise::Deferred> done_;
};

}  // namespace

Napi::Function Session::Define(Napi::Env env) {
  return DefineClass(env, "Session",
                     {InstanceMethod<&Session::Prepare>("prepare"), InstanceMethod<&Session::Describe>("describe"),
                      InstanceMethod<&Session::Close>("close")});
}

Napi::Object Session::Wrap(Napi::Env env, std::shared_ptr<Graph> graph) {
  return Environment::Of(env).session.New({Napi::External<std::shared_ptr<Graph>>::New(env, &graph)});
}

Session::Session(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Session>(info) {
  graph_ = *info[0].As<Napi::External<std::shared_ptr<Graph>>>().Data();
}

Napi::Value Session::LoadSavedModel(const Napi::CallbackInfo& info) {
  auto task = std::make_unique<LoadSavedModelTask>(info.Env(), info[0].As<Napi::String>().Utf8Value(),
                                                   Strings(info[1]), Bytes(info[2]));
  Napi::Promise promise = task->Promise();
  Environment::Of(info.Env()).pool->Submit(std::move(task));
  return promise;
}

Napi::Value Session::LoadGraphDef(const Napi::CallbackInfo& info) {
  auto task = std::make_unique<LoadGraphDefTask>(info.Env(), info[0].As<Napi::Uint8Array>(), Bytes(info[1]));
  Napi::Promise promise = task->Promise();
  Environment::Of(info.Env()).pool->Submit(std::move(task));
  return promise;
}

Napi::Value Session::LoadGraphDefSync(const Napi::CallbackInfo& info) {
  auto bytes = info[0].As<Napi::Uint8Array>();
  auto graph = std::make_shared<Graph>();
  const Failure failure = graph->LoadGraphDef(bytes.Data(), bytes.ByteLength(), Bytes(info[1]));
  if (!failure.ok()) throw ToError(info.Env(), failure);
  return Session::Wrap(info.Env(), graph);
}

const std::shared_ptr<Graph>& Session::Use(Napi::Env env) const {
  if (graph_ == nullptr || closing_ != nullptr) {
    throw ToError(env, {TF_FAILED_PRECONDITION, "the session was disposed of"});
  }
  return graph_;
}

Napi::Value Session::Prepare(const Napi::CallbackInfo& info) {
  auto plan = std::make_shared<Plan>();
  const Failure failure = Plan::Find(Use(info.Env())->graph(), Strings(info[0]), Strings(info[1]), Strings(info[2]),
                                     Strings(info[3]), plan.get());
  if (!failure.ok()) throw ToError(info.Env(), failure);
  return Step::Wrap(info.Env(), Value(), std::move(plan));
}

Napi::Value Session::Describe(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  TF_Graph* graph = Use(env)->graph();
  TF_Output tensor;
  const Failure failure = FindTensor(graph, info[0].As<Napi::String>().Utf8Value(), &tensor);
  if (!failure.ok()) throw ToError(env, failure);
  Napi::Array both = Napi::Array::New(env, 2);
  both.Set(0u, static_cast<double>(TF_OperationOutputType(tensor)));
  Status status;
  const int rank = TF_GraphGetTensorNumDims(graph, tensor, status.get());
  if (rank < 0) {
    both.Set(1u, env.Null());
    return both;
  }
  std::vector<int64_t> sizes(static_cast<size_t>(rank));
  TF_GraphGetTensorShape(graph, tensor, sizes.data(), rank, status.get());
  if (!status.ok()) throw ToError(env, status.failure());
  Napi::Array shape = Napi::Array::New(env, sizes.size());
  for (uint32_t i = 0; i < sizes.size(); ++i) shape.Set(i, static_cast<double>(sizes[i]));
  both.Set(1u, shape);
  return both;
}

Napi::Value Session::Close(const Napi::CallbackInfo& info) {
  Use(info.Env());
  closing_ = std::make_unique<Napi::Promise::Deferred>(info.Env());
  Napi::Promise promise = closing_->Promise();
  if (running_ == 0) Free(info.Env());
  return promise;
}

void Session::End(Napi::Env env) {
  if (--running_ == 0 && closing_ != nullptr) Free(env);
}

void Session::Free(Napi::Env env) {
  auto done = std::make_unique<Napi::Promise::Deferred>(*closing_);
  Environment::Of(env).pool->Submit(std::make_unique<FreeTask>(std::move(graph_), std::move(done)));
  graph_ = nullptr;
}

}  // namespace ingot
