#include "step.h"

#include <chrono>

#include "environment.h"

namespace ingot {
namespace {

using Clock = std::chrono::steady_clock;

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
    limits_.deadline = Clock::now() + std::chrono::microseconds(static_cast<int64_t>(ms * 1000));
  }

  // An Int32Array whose first element becomes other than 0 when nobody wants the result any more.
  void SetCancelled(Napi::Int32Array flag) {
    limits_.cancelled = flag.Data();
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
    const Failure late = limits_.Exceeded();
    if (!late.ok()) return late;
    for (Feed& feed : feeds_) feeds_made_.push_back(feed.Make());
    std::vector<TensorPtr> fetched;
    Failure failure = RunPlan(*graph_, *plan_, feeds_made_, Threads::kCaller, limits_, &fetched);
    for (TensorPtr& tensor : fetched) results_.emplace_back(std::move(tensor));
    fetched.clear();
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
  Limits limits_;
  Napi::ObjectReference held_flag_;
  std::vector<Fetched> results_;
  Failure failure_;
};

}  // namespace

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
  const Threads threads = info[1].ToBoolean() ? Threads::kPool : Threads::kCaller;
  std::vector<TensorPtr> fetched;
  const Failure failure = RunPlan(*graph, *plan_, feeds, threads, Limits(), &fetched);
  if (!failure.ok()) throw ToError(env, failure);
  feeds.clear();
  std::vector<Fetched> results;
  for (TensorPtr& tensor : fetched) results.emplace_back(std::move(tensor));
  fetched.clear();
  Detach(*plan_, results);
  return ToResults(env, *plan_, results);
}

}  // namespace ingot
