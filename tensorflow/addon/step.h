#pragma once

#include <tensorflow/c/c_api.h>

#include <memory>
#include <string>
#include <vector>

#include "napi.h"
#include "session.h"
#include "tensor.h"

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

// A plan as JavaScript holds it.
class Step : public Napi::ObjectWrap<Step> {
 public:
  static Napi::Function Define(Napi::Env env);
  static Napi::Object Wrap(Napi::Env env, Napi::Object session, std::shared_ptr<Plan> plan);

  explicit Step(const Napi::CallbackInfo& info);

 private:
  // (feeds, deadlineMs, cancelled) => Promise<results>
  Napi::Value Run(const Napi::CallbackInfo& info);
  // (feeds) => results
  Napi::Value RunSync(const Napi::CallbackInfo& info);
  std::vector<Feed> TakeFeeds(Napi::Env env, Napi::Value feeds) const;

  Napi::ObjectReference session_;
  std::shared_ptr<Plan> plan_;
};

}  // namespace ingot
