#pragma once

#include <memory>
#include <vector>

#include "../graph/plan.h"
#include "napi.h"
#include "session.h"
#include "tensor.h"

namespace ingot {

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
