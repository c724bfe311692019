#pragma once

#include <memory>

#include "napi.h"

namespace ingot {

// A recording of what TensorFlow does in this process, by every session in it. There is one at a time.
class Profiler : public Napi::ObjectWrap<Profiler> {
 public:
  static Napi::Function Define(Napi::Env env);
  // (options: serialized ProfileOptions) Throws when another one is recording.
  explicit Profiler(const Napi::CallbackInfo& info);
  ~Profiler() override;

 private:
  // () => Promise<serialized XSpace>. Ends the recording; a second call is refused.
  Napi::Value Collect(const Napi::CallbackInfo& info);

  struct Recording;
  std::unique_ptr<Recording> recording_;
};

}  // namespace ingot
