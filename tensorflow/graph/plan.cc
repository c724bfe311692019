#include "plan.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "flush_denormals.h"

namespace ingot {
namespace {

using Clock = std::chrono::steady_clock;

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

Failure RunSession(const Graph& graph, const Plan& plan, const std::vector<TensorPtr>& feeds, Threads threads,
                   int64_t timeout_ms, std::vector<TensorPtr>* fetched) {
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
    if (output != nullptr) fetched->push_back(Own(output));
  }
  return status.failure();
}

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

Failure RunPlan(const Graph& graph, const Plan& plan, const std::vector<TensorPtr>& feeds, Threads threads,
                const Limits& limits, std::vector<TensorPtr>* fetched) {
  const Failure late = limits.Exceeded();
  if (!late.ok()) return {late.code, late.message + " before it began"};
  int64_t timeout_ms = 0;
  if (limits.HasDeadline() && graph.may_wait()) {
    timeout_ms = std::max<int64_t>(1, std::chrono::ceil<std::chrono::milliseconds>(limits.deadline - Clock::now()).count());
  }
  const Limited limited(limits);
  return RunSession(graph, plan, feeds, timeout_ms > 0 ? Threads::kPool : threads, timeout_ms, fetched);
}

}  // namespace ingot
