#pragma once

#include <tensorflow/c/c_api.h>

#include <memory>
#include <string>

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

using TensorPtr = std::shared_ptr<TF_Tensor>;

inline TensorPtr Own(TF_Tensor* tensor) {
  return TensorPtr(tensor, [](TF_Tensor* t) {
    if (t != nullptr) TF_DeleteTensor(t);
  });
}

}  // namespace ingot
