#pragma once

#include <tensorflow/c/c_api.h>

#include <memory>
#include <string>
#include <vector>

#include "napi.h"
#include "status.h"

namespace ingot {

// A TensorFlow session with its graph. Freed by the last that holds it.
class Graph {
 public:
  Graph() : graph_(TF_NewGraph()) {}
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  // `config` is a serialized ConfigProto.
  Failure LoadSavedModel(const std::string& dir, const std::vector<std::string>& tags, const std::string& config,
                         std::string* signatures);
  Failure LoadGraphDef(const void* data, size_t bytes, const std::string& config);

  TF_Graph* graph() const { return graph_; }
  TF_Session* session() const { return session_; }
  // Whether each run ends by itself, in a time that grows with its inputs: no loop, and nothing that waits for others.
  bool ends() const { return ends_; }

 private:
  TF_Graph* graph_;
  TF_Session* session_ = nullptr;
  bool ends_ = false;
};

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
