#pragma once

#include "../graph/owned.h"
#include "napi.h"

namespace ingot {

// An Error whose property `status` is the canonical code; TypeScript makes a TensorFlowError of it.
inline Napi::Error ToError(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failure.message);
  error.Set("status", Napi::Number::New(env, failure.code));
  return error;
}

}  // namespace ingot
