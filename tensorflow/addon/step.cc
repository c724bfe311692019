#include "step.h"

#include <chrono>

#include "environment.h"
#include "flush_denormals.h"

namespace ingot {
namespace {

using Clock = std::chrono::steady_clock;

// Where ops run. On the caller's thread they need no hand-over, which suits small graphs; on TensorFlow's pool those that do
// not wait for each other run side by side, and a run can be given up.
enum class Threads { kCaller, kPool };

// RunOptions (tensorflow/core/protobuf/config.proto): timeout_in_ms = 2, inter_op_thread_pool = 3.
std::string RunOptionsProto(Threads threads, int64_t timeout_ms) {
  std::string bytes;
  const auto varint = [&bytes](uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
    bytes.push_back(static_cast<char>(value));
  };
  if (timeout_ms > 0) {
    varint(2 << 3);
    varint(static_cast<uint64_t>(timeout_ms));
  }
  if (threads == Threads::kCaller) {
    varint(3 << 3);
    varint(static_cast<uint64_t>(int64_t{-1}));
  }
  return bytes;
}

// Runs a plan; needs no JavaScript.
Failure RunPlan(const Graph& graph, const Plan& plan, const std::vector<TensorPtr>& feeds, Threads threads,
                int64_t timeout_ms, std::vector<Fetched>* results) {
  std::vector<TF_Tensor*> inputs;
  for (const TensorPtr& feed : feeds) {
    if (feed == nullptr) return {TF_RESOURCE_EXHAUSTED, "there is no memory for an input"};
    inputs.push_back(feed.get());
  }
  static const std::string caller_options = RunOptionsProto(Threads::kCaller, 0);
  const std::string pool_options = threads == Threads::kPool ? RunOptionsProto(threads, timeout_ms) : std::string();
  const std::string& options = threads == Threads::kPool ? pool_options : caller_options;
  const TF_Buffer run_options{options.data(), options.size(), nullptr};
  std::vector<TF_Tensor*> outputs(plan.fetches.size(), nullptr);
  Status status;
  const FlushDenormals flush;
  TF_SessionRun(graph.session(), &run_options, plan.feeds.data(), inputs.data(), static_cast<int>(inputs.size()),
                plan.fetches.data(), outputs.data(), static_cast<int>(outputs.size()), plan.targets.data(),
                static_cast<int>(plan.targets.size()), nullptr, status.get());
  for (TF_Tensor* output : outputs) {
    if (output != nullptr) results->emplace_back(output);
  }
  return status.failure();
}

Napi::Array ToResults(Napi::Env env, const Plan& plan, std::vector<Fetched>& fetched) {
  Napi::Array results = Napi::Array::New(env, fetched.size() * 3);
  uint32_t next = 0;
  for (size_t i = 0; i < fetched.size(); ++i) {
    if (i < plan.kept_from) {
      fetched[i].Give(env, results, &next);
    } else {
      fetched[i].Keep(env, results, &next);
    }
  }
  return results;
}

void Detach(const Plan& plan, std::vector<Fetched>& fetched) {
  for (size_t i = 0; i < fetched.size() && i < plan.kept_from; ++i) fetched[i].Detach();
}

class RunTask : public Task {
 public:
  RunTask(Napi::Env env, Napi::Object session, std::shared_ptr<Plan> plan, std::vector<Feed> feeds)
      : deferred_(env),
        held_session_(Napi::Persistent(session)),
        session_(Session::Unwrap(session)),
        graph_(session_->Use(env)),
        plan_(std::move(plan)),
        feeds_(std::move(feeds)) {
    session_->Begin();
  }

  Napi::Promise Promise() const { return deferred_.Promise(); }

  void SetDeadline(double ms) {
    limited_ = true;
    deadline_ = Clock::now() + std::chrono::microseconds(static_cast<int64_t>(ms * 1000));
  }

  // An Int32Array whose first element becomes other than 0 when nobody wants the result any more.
  void SetCancelled(Napi::Int32Array flag) {
    cancelled_ = flag.Data();
    held_flag_ = Napi::Persistent(flag.As<Napi::Object>());
  }

  void Execute() override {
    failure_ = Attempt();
    feeds_made_.clear();
  }

  // Closing is the only way to end a run from outside. The environment ends, and the session with it.
  void Cancel() override {
    Status status;
    TF_CloseSession(graph_->session(), status.get());
  }

  void Complete(Napi::Env env) override {
    try {
      if (failure_.ok()) {
        deferred_.Resolve(ToResults(env, *plan_, results_));
      } else {
        deferred_.Reject(ToError(env, failure_).Value());
      }
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    }
    graph_.reset();
    session_->End(env);
  }

 private:
  Failure Attempt() {
    if (cancelled_ != nullptr && __atomic_load_n(cancelled_, __ATOMIC_RELAXED) != 0) {
      return {TF_CANCELLED, "the run was cancelled before it began"};
    }
    int64_t timeout_ms = 0;
    if (limited_) {
      const auto left = deadline_ - Clock::now();
      if (left.count() <= 0) return {TF_DEADLINE_EXCEEDED, "the deadline passed before the run began"};
      // TensorFlow gives up loops and ops that wait; ops in a row it runs to their end. A run that it can give up costs
      // twice as much as a small model needs, so only those that may not end by themselves are such.
      if (!graph_->ends()) timeout_ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    }
    for (Feed& feed : feeds_) feeds_made_.push_back(feed.Make());
    const Threads threads = timeout_ms > 0 ? Threads::kPool : Threads::kCaller;
    Failure failure = RunPlan(*graph_, *plan_, feeds_made_, threads, timeout_ms, &results_);
    if (failure.ok()) Detach(*plan_, results_);
    return failure;
  }

  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference held_session_;
  Session* session_;
  std::shared_ptr<Graph> graph_;
  std::shared_ptr<Plan> plan_;
  std::vector<Feed> feeds_;
  std::vector<TensorPtr> feeds_made_;
  bool limited_ = false;
  Clock::time_point deadline_;
  const int32_t* cancelled_ = nullptr;
  Napi::ObjectReference held_flag_;
  std::vector<Fetched> results_;
  Failure failure_;
};

}  // namespace

Failure FindTensor(TF_Graph* graph, const std::string& name, TF_Output* output) {
  std::string node = name;
  long index = 0;
  const size_t colon = name.rfind(':');
  if (colon != std::string::npos) {
    char* end = nullptr;
    index = std::strtol(name.c_str() + colon + 1, &end, 10);
    if (*end != '\0' || end == name.c_str() + colon + 1 || index < 0) {
      return {TF_INVALID_ARGUMENT, "\"" + name + "\" is not the name of a tensor (node or node:1)"};
    }
    node.resize(colon);
  }
  TF_Operation* operation = TF_GraphOperationByName(graph, node.c_str());
  if (operation == nullptr) return {TF_NOT_FOUND, "the graph has no node \"" + node + "\""};
  const int outputs = TF_OperationNumOutputs(operation);
  if (index >= outputs) {
    return {TF_NOT_FOUND, "the node \"" + node + "\" has " + std::to_string(outputs) + " outputs; there is no \"" + name + "\""};
  }
  *output = {operation, static_cast<int>(index)};
  return {};
}

Failure Plan::Find(TF_Graph* graph, const std::vector<std::string>& feeds, const std::vector<std::string>& fetches,
                   const std::vector<std::string>& keep, const std::vector<std::string>& targets, Plan* plan) {
  const auto find = [graph](const std::vector<std::string>& names, std::vector<TF_Output>* found) -> Failure {
    for (const std::string& name : names) {
      TF_Output output;
      Failure failure = FindTensor(graph, name, &output);
      if (!failure.ok()) return failure;
      found->push_back(output);
    }
    return {};
  };
  Failure failure = find(feeds, &plan->feeds);
  if (failure.ok()) failure = find(fetches, &plan->fetches);
  plan->kept_from = plan->fetches.size();
  if (failure.ok()) failure = find(keep, &plan->fetches);
  for (const std::string& name : targets) {
    const TF_Operation* operation = TF_GraphOperationByName(graph, name.c_str());
    if (operation == nullptr && failure.ok()) failure = {TF_NOT_FOUND, "the graph has no node \"" + name + "\""};
    plan->targets.push_back(operation);
  }
  return failure;
}

Napi::Function Step::Define(Napi::Env env) {
  return DefineClass(env, "Step", {InstanceMethod<&Step::Run>("run"), InstanceMethod<&Step::RunSync>("runSync")});
}

Napi::Object Step::Wrap(Napi::Env env, Napi::Object session, std::shared_ptr<Plan> plan) {
  return Environment::Of(env).step.New({session, Napi::External<std::shared_ptr<Plan>>::New(env, &plan)});
}

Step::Step(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Step>(info) {
  session_ = Napi::Persistent(info[0].As<Napi::Object>());
  plan_ = *info[1].As<Napi::External<std::shared_ptr<Plan>>>().Data();
}

std::vector<Feed> Step::TakeFeeds(Napi::Env env, Napi::Value value) const {
  auto array = value.As<Napi::Array>();
  if (array.Length() != plan_->feeds.size() * 3) {
    throw ToError(env, {TF_INVALID_ARGUMENT, "the step has " + std::to_string(plan_->feeds.size()) +
                                                 " feeds, but was given " + std::to_string(array.Length() / 3)});
  }
  std::vector<Feed> feeds;
  feeds.reserve(plan_->feeds.size());
  for (uint32_t i = 0; i < array.Length(); i += 3) {
    feeds.push_back(Feed::Take(env, array.Get(i), array.Get(i + 1), array.Get(i + 2)));
  }
  return feeds;
}

Napi::Value Step::Run(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto task = std::make_unique<RunTask>(env, session_.Value(), plan_, TakeFeeds(env, info[0]));
  if (info[1].IsNumber()) task->SetDeadline(info[1].As<Napi::Number>().DoubleValue());
  if (info[2].IsTypedArray()) task->SetCancelled(info[2].As<Napi::Int32Array>());
  Napi::Promise promise = task->Promise();
  Environment::Of(env).pool->Submit(std::move(task));
  return promise;
}

Napi::Value Step::RunSync(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const std::shared_ptr<Graph> graph = Session::Unwrap(session_.Value())->Use(env);
  std::vector<TensorPtr> feeds;
  for (Feed& feed : TakeFeeds(env, info[0])) feeds.push_back(feed.Make());
  std::vector<Fetched> results;
  const Threads threads = info[1].ToBoolean() ? Threads::kPool : Threads::kCaller;
  const Failure failure = RunPlan(*graph, *plan_, feeds, threads, 0, &results);
  if (!failure.ok()) throw ToError(env, failure);
  feeds.clear();
  Detach(*plan_, results);
  return ToResults(env, *plan_, results);
}

}  // namespace ingot
