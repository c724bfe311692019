#include "graph.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <iterator>
#include <string_view>

#include "metagraph.h"
#include "stop.h"

#ifdef __linux__
#include <tensorflow/c/c_api_internal.h>
#include <tensorflow/cc/saved_model/loader.h>
#include <tensorflow/cc/saved_model/reader.h>

#include "restore.h"
#endif

namespace ingot {
namespace {

// Parts of the names of ops.
constexpr std::string_view kWaits[] = {"Dequeue", "Enqueue", "Barrier", "Iterator", "Unstage", "Stage",
                                       "Recv",    "Take",    "PyFunc",  "Mutex",    "Dataset"};
constexpr std::string_view kLoops[] = {"While", "NextIteration", "SymbolicGradient", "For"};

bool MayNotEnd(std::string_view text) {
  const auto is_in = [text](std::string_view part) { return text.find(part) != std::string_view::npos; };
  return std::any_of(std::begin(kWaits), std::end(kWaits), is_in) ||
         (!StopsBetweenOps() && std::any_of(std::begin(kLoops), std::end(kLoops), is_in));
}

// A function is searched as it is serialized: a name of a node that only looks like such an op errs on the safe side.
bool MayWait(TF_Graph* graph) {
  size_t position = 0;
  while (TF_Operation* operation = TF_GraphNextOperation(graph, &position)) {
    if (MayNotEnd(TF_OperationOpType(operation))) return true;
  }
  std::vector<TF_Function*> functions(static_cast<size_t>(TF_GraphNumFunctions(graph)));
  Status status;
  TF_GraphGetFunctions(graph, functions.data(), static_cast<int>(functions.size()), status.get());
  bool may_wait = !status.ok();
  for (TF_Function* function : functions) {
    if (!may_wait) {
      TF_Buffer* buffer = TF_NewBuffer();
      TF_FunctionToFunctionDef(function, buffer, status.get());
      may_wait = !status.ok() || MayNotEnd({static_cast<const char*>(buffer->data), buffer->length});
      TF_DeleteBuffer(buffer);
    }
    if (function != nullptr) TF_DeleteFunction(function);
  }
  return may_wait;
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

#ifdef __linux__
bool OnProcessorsOnly(TF_Session* session) {
  Status status;
  TF_DeviceList* devices = TF_SessionListDevices(session, status.get());
  if (!status.ok()) return false;
  bool only = true;
  for (int i = 0; i < TF_DeviceListCount(devices); ++i) {
    only = only && std::string_view(TF_DeviceListType(devices, i, status.get())) == "CPU";
  }
  TF_DeleteDeviceList(devices);
  return only;
}

Failure FailureOf(const absl::Status& status) {
  return {static_cast<TF_Code>(status.code()), std::string(status.message())};
}
#endif

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

#ifdef __linux__

// What TF_LoadSessionFromSavedModel does, in its steps: between them there is the graph to be had.
Failure Graph::LoadSavedModel(const std::string& dir, const std::vector<std::string>& tags, const std::string& config,
                              std::string* signatures) {
  SessionOptions options(config);
  if (!options.status().ok()) return options.status().failure();
  tensorflow::MetaGraphDef meta_graph;
  std::unique_ptr<tensorflow::Session> session;
  absl::Status done = tensorflow::ReadMetaGraphDefFromSavedModel(dir, {tags.begin(), tags.end()}, &meta_graph);
  if (!done.ok()) return FailureOf(done);
  // TensorFlow takes such a model for one without variables, and each run fails.
  const std::string index = dir + "/variables/variables.index";
  if (RestoresVariables(meta_graph) && !tensorflow::Env::Default()->FileExists(index).ok()) {
    return {TF_NOT_FOUND, "the model has variables, but there is no " + index};
  }
  InlineRestore(&meta_graph);
  Failure failure = Import(meta_graph.graph_def().SerializeAsString());
  if (!failure.ok()) return failure;
  tensorflow::MetaGraphDef described;
  *described.mutable_signature_def() = meta_graph.signature_def();
  *signatures = described.SerializeAsString();

  tensorflow::GraphDef rest = TakeAllButRestore(&meta_graph);
  // On this thread, not on the pool that answers.
  tensorflow::RunOptions run_options;
  run_options.set_inter_op_thread_pool(-1);
  done = tensorflow::LoadMetagraphIntoSession(options.get()->options, meta_graph, &session);
  if (done.ok()) done = tensorflow::RestoreSession(run_options, meta_graph, dir, &session);
  if (done.ok() && rest.node_size() > 0) done = session->Extend(std::move(rest));
  if (!done.ok()) return FailureOf(done);

  session_ = new TF_Session(session.release(), graph_);
  {
    tensorflow::mutex_lock lock(graph_->mu);
    graph_->sessions[session_] = "";
    session_->last_num_graph_nodes = graph_->graph.num_node_ids();
  }
  may_wait_ = MayWait(graph_);
  return {};
}

#else

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
  if (status.ok()) may_wait_ = MayWait(graph_);
  return status.failure();
}

#endif

Failure Graph::LoadGraphDef(const void* data, size_t bytes, const std::string& config) {
  SessionOptions options(config);
  if (!options.status().ok()) return options.status().failure();
  Status status;
  session_ = TF_NewSession(graph_, options.get(), status.get());
  if (!status.ok()) return status.failure();
  const Failure failure = Import(static_cast<const char*>(data), bytes);
  if (failure.ok()) may_wait_ = MayWait(graph_);
  return failure;
}

#ifdef __linux__

Failure Graph::Import(const char* data, size_t bytes) {
  tensorflow::GraphDef graph;
  // What is in a graph of which TensorFlow can make nothing is for TensorFlow to say.
  if (bytes < Weights::kLarge || !OnProcessorsOnly(session_) || !tensorflow::ParseProtoUnlimited(&graph, data, bytes)) {
    return Import(std::string_view(data, bytes));
  }
  weights_.TakeFrom(&graph);
  const std::string rest = graph.SerializeAsString();
  graph.Clear();
  return Import(rest);
}

#else

Failure Graph::Import(const char* data, size_t bytes) { return Import(std::string_view(data, bytes)); }

#endif

Failure Graph::Import(std::string_view graph_def) {
  Status status;
  TF_Buffer buffer{graph_def.data(), graph_def.size(), nullptr};
  TF_ImportGraphDefOptions* import = TF_NewImportGraphDefOptions();
  TF_GraphImportGraphDef(graph_, &buffer, import, status.get());
  TF_DeleteImportGraphDefOptions(import);
  return status.failure();
}

}  // namespace ingot
