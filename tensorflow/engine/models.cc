#include "models.h"

namespace ingot {

void Model::Add(uint32_t number, std::shared_ptr<Plan> plan) {
  std::lock_guard<std::mutex> lock(mutex_);
  plans_[number] = std::move(plan);
}

std::shared_ptr<Plan> Model::Find(uint32_t number) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = plans_.find(number);
  return found == plans_.end() ? nullptr : found->second;
}

void Models::Add(uint32_t number, std::shared_ptr<Graph> graph) {
  auto model = std::make_shared<Model>(std::move(graph));
  std::lock_guard<std::mutex> lock(mutex_);
  models_[number] = std::move(model);
}

void Models::Remove(uint32_t number) {
  std::shared_ptr<Model> removed;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = models_.find(number);
    if (found == models_.end()) return;
    removed = std::move(found->second);
    models_.erase(found);
  }
  removed.reset();
  ReturnFreedMemory();
}

std::shared_ptr<Model> Models::Find(uint32_t number) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = models_.find(number);
  return found == models_.end() ? nullptr : found->second;
}

}  // namespace ingot
