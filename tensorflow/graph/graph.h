#pragma once

#include <tensorflow/c/c_api.h>

#include <string>
#include <string_view>
#include <vector>

#include "owned.h"
#include "weights.h"

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
  // Whether a run may not end by itself and cannot be stopped from without: ops that wait for others are in it, or loops where
  // runs are not stopped between ops.
  bool may_wait() const { return may_wait_; }

 private:
  Failure Import(std::string_view graph_def);
  // The same for the graph of a session that is there already.
  Failure Import(const char* data, size_t bytes);

  Weights weights_;
  TF_Graph* graph_;
  TF_Session* session_ = nullptr;
  bool may_wait_ = true;
};

// From now on, memory that a run has freed is kept for the next one, up to some tens of MB for each thread.
void KeepFreedMemory();

// Gives what was freed back to the system, as far as the C library lets it.
void ReturnFreedMemory();

}  // namespace ingot
