#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "../graph/graph.h"
#include "../graph/plan.h"

namespace ingot {

// A loaded model and the plans that were made for it, by the numbers that the other side gave them.
class Model {
 public:
  explicit Model(std::shared_ptr<Graph> graph) : graph_(std::move(graph)) {}

  const Graph& graph() const { return *graph_; }
  void Add(uint32_t number, std::shared_ptr<Plan> plan);
  // Null when there is none.
  std::shared_ptr<Plan> Find(uint32_t number) const;

 private:
  const std::shared_ptr<Graph> graph_;
  mutable std::mutex mutex_;
  std::map<uint32_t, std::shared_ptr<Plan>> plans_;
};

// All models of this process. A model is freed by the last thread that uses it.
class Models {
 public:
  void Add(uint32_t number, std::shared_ptr<Graph> graph);
  void Remove(uint32_t number);
  // Null when there is none.
  std::shared_ptr<Model> Find(uint32_t number) const;

 private:
  mutable std::mutex mutex_;
  std::map<uint32_t, std::shared_ptr<Model>> models_;
};

}  // namespace ingot
