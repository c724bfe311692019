#pragma once

#include <memory>

#include "../graph/profile.h"
#include "napi.h"

namespace ingot {

// A recording as JavaScript holds it.
class Profiler : public Napi::ObjectWrap<Profiler> {
 public:
  static Napi::Function Define(Napi::Env env);
  // (options: serialized ProfileOptions) Throws when another one is recording.
  explicit Profiler(const Napi::CallbackInfo& info);

 private:
  // (name?) The time from here to the next call has that name in the recording.
  void Mark(const Napi::CallbackInfo& info);
  // () => Promise<serialized XSpace>. Ends the recording; a second call is refused.
  Napi::Value Collect(const Napi::CallbackInfo& info);

  std::unique_ptr<Profile> profile_;
};

}  // namespace ingot
