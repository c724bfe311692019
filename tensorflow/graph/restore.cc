#include "restore.h"

#ifdef __linux__

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace ingot {
namespace {

using tensorflow::FunctionDef;
using tensorflow::GraphDef;
using tensorflow::MetaGraphDef;
using tensorflow::NodeDef;
using Names = std::unordered_map<std::string, std::string>;

std::string NodeOf(const std::string& input) {
  const size_t begin = !input.empty() && input[0] == '^' ? 1 : 0;
  return input.substr(begin, input.find(':', begin) - begin);
}

NodeDef* FindNode(GraphDef* graph, const std::string& name) {
  for (NodeDef& node : *graph->mutable_node()) {
    if (node.name() == name) return &node;
  }
  return nullptr;
}

bool IsRead(const GraphDef& graph, const std::string& name) {
  for (const NodeDef& node : graph.node()) {
    for (const std::string& input : node.input()) {
      if (NodeOf(input) == name) return true;
    }
  }
  return false;
}

// The function that a node calls; null when it calls none.
const FunctionDef* CalledBy(const NodeDef& call, const GraphDef& graph) {
  const auto attr = call.attr().find("f");
  if ((call.op() != "StatefulPartitionedCall" && call.op() != "PartitionedCall") || attr == call.attr().end()) return nullptr;
  for (const FunctionDef& function : graph.library().function()) {
    if (function.signature().name() == attr->second.func().name()) return &function;
  }
  return nullptr;
}

// Nodes of a function by name, and its arguments: what stands for them in the graph.
class Inliner {
 public:
  Inliner(const FunctionDef& function, const NodeDef& call) : function_(function), call_(call) {
    for (const NodeDef& node : function.node_def()) nodes_[node.name()] = &node;
    const auto& arguments = function.signature().input_arg();
    for (int i = 0; i < arguments.size() && i < call.input_size(); ++i) arguments_[arguments[i].name()] = call.input(i);
  }

  // The nodes that read and assign, in the graph's names; none when the function does anything else.
  std::vector<NodeDef> Nodes() const {
    std::vector<NodeDef> nodes;
    for (const NodeDef& inner : function_.node_def()) {
      if (inner.op() == "Identity" || inner.op() == "NoOp") continue;
      if (inner.op() != "AssignVariableOp" && inner.op() != "Const" && inner.op() != "RestoreV2") return {};
      NodeDef node = inner;
      node.set_name(NameOf(inner.name()));
      node.clear_input();
      for (const std::string& input : inner.input()) {
        // Each variable is assigned once: in which order does not matter.
        if (input[0] == '^') continue;
        const std::string translated = Translate(input);
        if (translated.empty()) return {};
        node.add_input(translated);
      }
      nodes.push_back(std::move(node));
    }
    return nodes;
  }

 private:
  std::string NameOf(const std::string& node) const { return call_.name() + "/" + node; }

  // "argument" or "node:output:0"; empty for what is neither.
  std::string Translate(std::string input) const {
    // As many steps as there are nodes, or they go round in circles.
    for (size_t left = nodes_.size(); left > 0; --left) {
      const auto argument = arguments_.find(input);
      if (argument != arguments_.end()) return argument->second;
      const auto node = nodes_.find(NodeOf(input));
      const size_t colon = input.rfind(':');
      if (node == nodes_.end() || colon == std::string::npos) return "";
      if (node->second->op() != "Identity") {
        // Each of these ops has one output, or one list of them: the last number is the index.
        const std::string index = input.substr(colon);
        return NameOf(node->first) + (index == ":0" ? "" : index);
      }
      if (node->second->input_size() == 0) return "";
      input = node->second->input(0);
    }
    return "";
  }

  const FunctionDef& function_;
  const NodeDef& call_;
  std::unordered_map<std::string, const NodeDef*> nodes_;
  Names arguments_;
};

void RemoveFunction(GraphDef* graph, const std::string& name) {
  auto* functions = graph->mutable_library()->mutable_function();
  for (int i = 0; i < functions->size(); ++i) {
    if (functions->Get(i).signature().name() == name) return functions->DeleteSubrange(i, 1);
  }
}

void RemoveNode(GraphDef* graph, const std::string& name) {
  auto* nodes = graph->mutable_node();
  for (int i = 0; i < nodes->size(); ++i) {
    if (nodes->Get(i).name() == name) return nodes->DeleteSubrange(i, 1);
  }
}

using Attrs = google::protobuf::Map<std::string, tensorflow::AttrValue>;

bool Calls(const Attrs& attrs, const std::string& function) {
  const auto is = [&function](const tensorflow::NameAttrList& named) {
    return named.name() == function || Calls(named.attr(), function);
  };
  for (const auto& [_, value] : attrs) {
    if (value.has_func() && is(value.func())) return true;
    for (const tensorflow::NameAttrList& named : value.list().func()) {
      if (is(named)) return true;
    }
  }
  return false;
}

bool Calls(const google::protobuf::RepeatedPtrField<NodeDef>& nodes, const std::string& function) {
  for (const NodeDef& node : nodes) {
    if (node.op() == function || Calls(node.attr(), function)) return true;
  }
  return false;
}

bool IsCalled(const GraphDef& graph, const std::string& function) {
  if (Calls(graph.node(), function)) return true;
  for (const FunctionDef& other : graph.library().function()) {
    if (Calls(other.node_def(), function)) return true;
  }
  for (const tensorflow::GradientDef& gradient : graph.library().gradient()) {
    if (gradient.function_name() == function || gradient.gradient_func() == function) return true;
  }
  return false;
}

void RemoveUnlessCalled(GraphDef* graph, const std::string& function) {
  if (!IsCalled(*graph, function)) RemoveFunction(graph, function);
}

// Nobody saves what a server has loaded.
void RemoveSave(MetaGraphDef* meta_graph) {
  GraphDef* graph = meta_graph->mutable_graph_def();
  const std::string name = NodeOf(meta_graph->saver_def().save_tensor_name());
  const NodeDef* call = FindNode(graph, name);
  const FunctionDef* function = call == nullptr ? nullptr : CalledBy(*call, *graph);
  if (function == nullptr || IsRead(*graph, name)) return;
  const std::string function_name = function->signature().name();
  RemoveNode(graph, name);
  RemoveUnlessCalled(graph, function_name);
}

bool CallsFunction(const NodeDef& node, const std::unordered_set<std::string>& functions) {
  if (functions.count(node.op()) > 0) return true;
  for (const auto& [_, value] : node.attr()) {
    if (value.has_func() || value.list().func_size() > 0) return true;
  }
  return false;
}

// Whether there is nothing to be run beside the restore: a call of nothing is what savers write who have nothing to call.
bool InitializesNothing(const MetaGraphDef& meta_graph) {
  if (meta_graph.asset_file_def_size() > 0) return false;
  std::string init;
  const auto signature = meta_graph.signature_def().find("__saved_model_init_op");
  if (signature != meta_graph.signature_def().end()) {
    if (signature->second.outputs_size() != 1) return false;
    init = NodeOf(signature->second.outputs().begin()->second.name());
  } else if (meta_graph.collection_def().contains("saved_model_main_op") ||
             meta_graph.collection_def().contains("legacy_init_op")) {
    return false;
  }
  if (init.empty()) return true;
  for (const NodeDef& node : meta_graph.graph_def().node()) {
    if (node.name() == init) return node.op() == "NoOp" && node.input_size() == 0;
  }
  return false;
}

// What a node needs, and what that needs; nothing when a function is among it.
std::unordered_set<std::string> NeededBy(const std::string& name, const GraphDef& graph) {
  std::unordered_set<std::string> functions;
  for (const FunctionDef& function : graph.library().function()) functions.insert(function.signature().name());
  std::unordered_map<std::string, const NodeDef*> nodes;
  for (const NodeDef& node : graph.node()) nodes[node.name()] = &node;
  std::unordered_set<std::string> needed{name};
  std::vector<std::string> waiting{name};
  while (!waiting.empty()) {
    const auto node = nodes.find(waiting.back());
    waiting.pop_back();
    if (node == nodes.end() || CallsFunction(*node->second, functions)) return {};
    for (const std::string& input : node->second->input()) {
      if (needed.insert(NodeOf(input)).second) waiting.push_back(NodeOf(input));
    }
  }
  return needed;
}

}  // namespace

bool RestoresVariables(const MetaGraphDef& meta_graph) {
  if (meta_graph.saver_def().restore_op_name().empty()) return false;
  const auto& nodes = meta_graph.graph_def().node();
  return std::any_of(nodes.begin(), nodes.end(), [](const NodeDef& node) {
    return node.op() == "VarHandleOp" || node.op() == "VariableV2" || node.op() == "Variable";
  });
}

GraphDef TakeAllButRestore(MetaGraphDef* meta_graph) {
  GraphDef rest;
  if (!InitializesNothing(*meta_graph)) return rest;
  GraphDef* graph = meta_graph->mutable_graph_def();
  std::unordered_set<std::string> needed;
  const tensorflow::SaverDef& saver = meta_graph->saver_def();
  if (!saver.restore_op_name().empty()) {
    needed = NeededBy(saver.restore_op_name(), *graph);
    if (needed.empty()) return rest;
    needed.insert(NodeOf(saver.filename_tensor_name()));
  }
  GraphDef restore;
  for (NodeDef& node : *graph->mutable_node()) {
    (needed.count(node.name()) > 0 ? restore : rest).add_node()->Swap(&node);
  }
  rest.mutable_library()->Swap(graph->mutable_library());
  *rest.mutable_versions() = graph->versions();
  *restore.mutable_versions() = graph->versions();
  graph->Swap(&restore);
  meta_graph->clear_signature_def();
  meta_graph->clear_collection_def();
  return rest;
}

void InlineRestore(MetaGraphDef* meta_graph) {
  GraphDef* graph = meta_graph->mutable_graph_def();
  const std::string name = meta_graph->saver_def().restore_op_name();
  NodeDef* call = name.empty() ? nullptr : FindNode(graph, name);
  const FunctionDef* function = call == nullptr ? nullptr : CalledBy(*call, *graph);
  if (function == nullptr || IsRead(*graph, name)) return;
  const std::vector<NodeDef> nodes = Inliner(*function, *call).Nodes();
  if (nodes.empty()) return;
  std::unordered_set<std::string> taken;
  for (const NodeDef& node : graph->node()) taken.insert(node.name());
  for (const NodeDef& node : nodes) {
    if (taken.count(node.name()) > 0) return;
  }
  const std::string function_name = function->signature().name();
  NodeDef all;
  all.set_name(name);
  all.set_op("NoOp");
  for (const NodeDef& node : nodes) {
    if (node.op() == "AssignVariableOp") all.add_input("^" + node.name());
  }
  *call = std::move(all);
  for (const NodeDef& node : nodes) *graph->add_node() = node;
  RemoveUnlessCalled(graph, function_name);
  RemoveSave(meta_graph);
}

}  // namespace ingot

#endif
