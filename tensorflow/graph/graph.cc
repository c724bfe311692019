#include "graph.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <string_view>

#include "metagraph.h"

namespace ingot {
namespace {

// Parts of the names of ops that loop or wait.
bool MayNotEnd(std::string_view text) {
  for (std::string_view part : {"While", "NextIteration", "Dequeue", "Enqueue", "Barrier", "Iterator", "Unstage", "Stage",
                                "Recv", "Take", "PyFunc", "Mutex", "SymbolicGradient", "For"}) {
    if (text.find(part) != std::string_view::npos) return true;
  }
  return false;
}

// A function is searched as it is serialized: a name of a node that only looks like such an op errs on the safe side.
bool EveryRunEnds(TF_Graph* graph) {
  size_t position = 0;
  while (TF_Operation* operation = TF_GraphNextOperation(graph, &position)) {
    if (MayNotEnd(TF_OperationOpType(operation))) return false;
  }
  std::vector<TF_Function*> functions(static_cast<size_t>(TF_GraphNumFunctions(graph)));
  Status status;
  TF_GraphGetFunctions(graph, functions.data(), static_cast<int>(functions.size()), status.get());
  bool ends = status.ok();
  for (TF_Function* function : functions) {
    if (ends) {
      TF_Buffer* buffer = TF_NewBuffer();
      TF_FunctionToFunctionDef(function, buffer, status.get());
      ends = status.ok() && !MayNotEnd({static_cast<const char*>(buffer->data), buffer->length});
      TF_DeleteBuffer(buffer);
    }
    if (function != nullptr) TF_DeleteFunction(function);
  }
  return ends;
}

class SessionOptions {
 public:
  explicit SessionOptions(const std::string& config) : options_(TF_NewSessionOptions()) {
    TF_SetConfig(options_, config.data(), config.size(), status_.get());
  }
  ~SessionOptions() { TF_DeleteSessionOptions(options_); }
  SessionOptions(const SessionOptions&) = delete;
  SessionOptions& operator=(const SessionOptions&) = delete;

  TF_SessionOptions* get() { return options_; }
  const Status& status() const { return status_; }

 private:
  TF_SessionOptions* options_;
  Status status_;
};

}  // namespace

// Glibc gives large blocks back to the system as they are freed, and the next run has to take every page of them anew: a
// tenth of the time of a run with large tensors.
void KeepFreedMemory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

// What is kept so is wanted back when a model goes.
void ReturnFreedMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

Graph::~Graph() {
  Status status;
  if (session_ != nullptr) {
    TF_CloseSession(session_, status.get());
    TF_DeleteSession(session_, status.get());
  }
  TF_DeleteGraph(graph_);
}

Failure Graph::LoadSavedModel(const std::string& dir, const std::vector<std::string>& tags, const std::string& config,
                              std::string* signatures) {
  SessionOptions options(config);
  if (!options.status().ok()) return options.status().failure();
  std::vector<const char*> names;
  for (const std::string& tag : tags) names.push_back(tag.c_str());
  TF_Buffer* meta_graph = TF_NewBuffer();
  Status status;
  session_ = TF_LoadSessionFromSavedModel(options.get(), nullptr, dir.c_str(), names.data(),
                                          static_cast<int>(names.size()), graph_, meta_graph, status.get());
  if (status.ok()) *signatures = SignaturesOf(static_cast<const char*>(meta_graph->data), meta_graph->length);
  TF_DeleteBuffer(meta_graph);
  if (status.ok()) ends_ = EveryRunEnds(graph_);
  return status.failure();
}

Failure Graph::LoadGraphDef(const void* data, size_t bytes, const std::string& config) {
  SessionOptions options(config);
  if (!options.status().ok()) return options.status().failure();
  Status status;
  TF_Buffer buffer{data, bytes, nullptr};
  TF_ImportGraphDefOptions* import = TF_NewImportGraphDefOptions();
  TF_GraphImportGraphDef(graph_, &buffer, import, status.get());
  TF_DeleteImportGraphDefOptions(import);
  if (status.ok()) session_ = TF_NewSession(graph_, options.get(), status.get());
  if (status.ok()) ends_ = EveryRunEnds(graph_);
  return status.failure();
}

}  // namespace ingot
