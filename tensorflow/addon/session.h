#pragma once

#include <memory>

#include "../graph/graph.h"
#include "napi.h"

namespace ingot {

// The session as JavaScript holds it. Counts its runs, so that closing can wait for them.
class Session : public Napi::ObjectWrap<Session> {
 public:
  static Napi::Function Define(Napi::Env env);
  static Napi::Object Wrap(Napi::Env env, std::shared_ptr<Graph> graph);
  // (dir, tags, config) => Promise<[Session, Uint8Array of MetaGraphDefs that have only signatures]>
  static Napi::Value LoadSavedModel(const Napi::CallbackInfo& info);
  // (graphDef, config) => Session
  static Napi::Value LoadGraphDefSync(const Napi::CallbackInfo& info);
  // (graphDef, config) => Promise<Session>
  static Napi::Value LoadGraphDef(const Napi::CallbackInfo& info);

  explicit Session(const Napi::CallbackInfo& info);

  // Throws when it is closed.
  const std::shared_ptr<Graph>& Use(Napi::Env env) const;
  void Begin() { ++running_; }
  void End(Napi::Env env);

 private:
  Napi::Value Prepare(const Napi::CallbackInfo& info);
  // (tensor) => [dtype, shape or null]
  Napi::Value Describe(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  void Free(Napi::Env env);

  std::shared_ptr<Graph> graph_;
  size_t running_ = 0;
  std::unique_ptr<Napi::Promise::Deferred> closing_;
};

}  // namespace ingot
