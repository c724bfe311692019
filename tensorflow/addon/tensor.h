#pragma once

#include <tensorflow/c/c_api.h>

#include <utility>
#include <vector>

#include "napi.h"
#include "status.h"

namespace ingot {

// A tensor on its way from JavaScript to TensorFlow: taken on the event loop, made where the run is.
//
// Values are always copied. A tensor over JavaScript's memory would save that copy, but what TensorFlow keeps of it
// (a variable assigned from a feed) would change with every later write to the array. Large values are copied off the
// event loop, with the array held until then.
class Feed {
 public:
  // Three values as `feeds` of addon.ts lays them out: dtype, shape, data; or 0, null, NativeTensor.
  static Feed Take(Napi::Env env, napi_value dtype, napi_value shape, napi_value data);

  // Once; whoever asked has it alone then, and can free it where it pleases.
  TensorPtr Make();

 private:
  TensorPtr made_;
  TF_DataType dtype_ = TF_FLOAT;
  std::vector<int64_t> shape_;
  const void* data_ = nullptr;
  size_t bytes_ = 0;
  Napi::ObjectReference held_;
};

// A result on its way back.
class Fetched {
 public:
  explicit Fetched(TensorPtr tensor) : tensor_(std::move(tensor)) {}

  // Off the event loop, before Give(): copies a large value if TensorFlow has the same memory.
  void Detach();

  // Appends dtype, shape and data (ArrayBuffer; for strings [ArrayBuffer, offsets]) to `results`.
  void Give(Napi::Env env, Napi::Array results, uint32_t* next);
  // Appends 0, null and a NativeTensor.
  void Keep(Napi::Env env, Napi::Array results, uint32_t* next);

 private:
  TensorPtr tensor_;
};

// A tensor in TensorFlow's memory that JavaScript holds.
class NativeTensor : public Napi::ObjectWrap<NativeTensor> {
 public:
  static Napi::Function Define(Napi::Env env);
  static Napi::Object Wrap(Napi::Env env, TensorPtr tensor);

  explicit NativeTensor(const Napi::CallbackInfo& info);
  ~NativeTensor() override;

  // Throws when it is disposed of.
  const TensorPtr& Use(Napi::Env env) const;

 private:
  Napi::Value Dtype(const Napi::CallbackInfo& info);
  Napi::Value Shape(const Napi::CallbackInfo& info);
  Napi::Value ByteLength(const Napi::CallbackInfo& info);
  Napi::Value ToHost(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);
  void Release(Napi::Env env);

  TensorPtr tensor_;
};

}  // namespace ingot
