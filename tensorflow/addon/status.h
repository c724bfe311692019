#pragma once

#include <tensorflow/c/c_api.h>

#include <string>

#include "napi.h"

namespace ingot {

// A canonical code and a message that can travel between threads.
struct Failure {
  TF_Code code = TF_OK;
  std::string message;

  bool ok() const { return code == TF_OK; }
};

// TF_Status with an owner.
class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status&) = delete;
  Status& operator=(const Status&) = delete;

  TF_Status* get() { return status_; }
  bool ok() const { return TF_GetCode(status_) == TF_OK; }
  Failure failure() const { return {TF_GetCode(status_), TF_Message(status_)}; }

 private:
  TF_Status* status_;
};

// An Error whose property `status` is the canonical code; TypeScript makes a TensorFlowError of it.
inline Napi::Error ToError(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failure.message);
  error.Set("status", Napi::Number::New(env, failure.code));
  return error;
}

}  // namespace ingot
