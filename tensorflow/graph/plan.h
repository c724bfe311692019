#pragma once

#include <tensorflow/c/c_api.h>

#include <string>
#include <vector>

#include "graph.h"
#include "owned.h"
#include "stop.h"

namespace ingot {

// The tensor of a name as in a GraphDef, "node" or "node:1".
Failure FindTensor(TF_Graph* graph, const std::string& name, TF_Output* output);

// Feeds, fetches and targets of a graph, found once by name.
struct Plan {
  std::vector<TF_Output> feeds;
  std::vector<TF_Output> fetches;
  // The fetches from here on stay in TensorFlow's memory.
  size_t kept_from = 0;
  std::vector<const TF_Operation*> targets;

  static Failure Find(TF_Graph* graph, const std::vector<std::string>& feeds, const std::vector<std::string>& fetches,
                      const std::vector<std::string>& keep, const std::vector<std::string>& targets, Plan* plan);
};

// Where ops run. On the caller's thread they need no hand-over, which suits small graphs; on TensorFlow's pool those that do
// not wait for each other run side by side, and a run can be given up.
enum class Threads { kCaller, kPool };

// Runs a plan and appends what it fetches.
//
// Between two ops a run is given up when it is past its limits (StopBetweenOps). An op that waits for others has to be told by
// TensorFlow, which does so on its pool only; that costs twice as much as a small model needs, so only runs that have a
// deadline and may wait go there.
Failure RunPlan(const Graph& graph, const Plan& plan, const std::vector<TensorPtr>& feeds, Threads threads,
                const Limits& limits, std::vector<TensorPtr>* fetched);

}  // namespace ingot
