#pragma once

#include <memory>

#include "napi.h"
#include "pool.h"

namespace ingot {

// What belongs to one Node thread that has loaded the addon.
struct Environment {
  static Environment& Of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  Napi::FunctionReference native_tensor;
  Napi::FunctionReference session;
  Napi::FunctionReference step;
  std::shared_ptr<Pool> pool;
};

}  // namespace ingot
