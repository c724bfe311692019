#include "view.h"

#ifdef __linux__

#include <tensorflow/core/framework/tensor.pb.h>
#include <tensorflow/core/util/device_name_utils.h>

#include <algorithm>
#include <cstring>

namespace ingot {

using tensorflow::NodeDef;

namespace {

// Elements of a constant as T, whichever of its ways a TensorProto holds them; none when it is large or of another dtype.
template <typename T, typename Field>
std::optional<std::vector<T>> Elements(const tensorflow::TensorProto& tensor, const Field& field) {
  int64_t count = 1;
  for (const auto& dim : tensor.tensor_shape().dim()) count *= dim.size();
  if (count < 1 || count > 16) return std::nullopt;
  std::vector<T> values(static_cast<size_t>(count));
  const std::string& content = tensor.tensor_content();
  if (content.size() == values.size() * sizeof(T)) {
    std::memcpy(values.data(), content.data(), content.size());
    return values;
  }
  if (!content.empty() || field.size() > count) return std::nullopt;
  // The last value stands for all that are left out; 0 where there is none.
  for (int i = 0; i < static_cast<int>(count); ++i) {
    values[static_cast<size_t>(i)] = field.size() == 0 ? T{0} : static_cast<T>(field.Get(std::min(i, field.size() - 1)));
  }
  return values;
}

const tensorflow::TensorProto* ConstantOf(const NodeDef* node) {
  if (node == nullptr || node->op() != "Const") return nullptr;
  const auto value = node->attr().find("value");
  return value == node->attr().end() ? nullptr : &value->second.tensor();
}

// What patterns are made of; no such node does anything but give its value.
const std::unordered_set<std::string> kSwept = {
    "Add",     "AddN",    "AddV2", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "BiasAdd", "Const",
    "Einsum",  "Elu",     "MatMul", "Mean",       "Mul",           "Neg",           "RealDiv", "Relu",
    "Relu6",   "Reshape", "Rsqrt", "Softmax",     "Square",        "SquaredDifference", "Sub", "Tile", "Transpose"};

}  // namespace

std::string NodeName(const std::string& input) {
  const size_t begin = !input.empty() && input[0] == '^' ? 1 : 0;
  return input.substr(begin, input.find(':', begin) - begin);
}

bool IsOp(const NodeDef* node, std::initializer_list<const char*> ops) {
  return node != nullptr && std::any_of(ops.begin(), ops.end(), [node](const char* op) { return node->op() == op; });
}

bool IsFloatOnCpu(const NodeDef& node) {
  const auto type = node.attr().find("T");
  if (type == node.attr().end() || type->second.type() != tensorflow::DT_FLOAT) return false;
  tensorflow::DeviceNameUtils::ParsedName device;
  return tensorflow::DeviceNameUtils::ParseFullName(node.device(), &device) && device.has_type && device.type == "CPU";
}

bool IsSet(const NodeDef& node, const char* attribute) {
  const auto found = node.attr().find(attribute);
  return found != node.attr().end() && found->second.b();
}

bool IsRow(const std::optional<Shape>& shape, int64_t count) {
  if (!shape || shape->empty() || shape->back() != count) return false;
  return std::all_of(shape->begin(), shape->end() - 1, [](int64_t size) { return size == 1; });
}

std::string BeforeReshapes(const View& view, std::string input) {
  for (const NodeDef* node = view.Node(input); IsOp(node, {"Reshape"}); node = view.Node(input)) input = node->input(0);
  return input;
}

View::View(tensorflow::GraphDef* graph, std::unordered_set<std::string> kept, ShapeOf shape_of)
    : graph_(graph), kept_(std::move(kept)), shape_of_(std::move(shape_of)) {
  for (NodeDef& node : *graph->mutable_node()) {
    nodes_.push_back(&node);
    by_name_[node.name()] = &node;
    for (const std::string& input : node.input()) Read(&node, NodeName(input));
  }
}

NodeDef* View::Node(const std::string& input) const {
  if (input.empty() || input[0] == '^') return nullptr;
  const size_t colon = input.find(':');
  if (colon != std::string::npos && input.compare(colon, std::string::npos, ":0") != 0) return nullptr;
  const auto found = by_name_.find(input.substr(0, colon));
  return found == by_name_.end() ? nullptr : found->second;
}

NodeDef* View::Input(const NodeDef& node, int number) const {
  return number < node.input_size() ? Node(node.input(number)) : nullptr;
}

std::vector<NodeDef*> View::Readers(const NodeDef& node) const {
  const auto found = readers_.find(node.name());
  return found == readers_.end() ? std::vector<NodeDef*>() : found->second;
}

NodeDef* View::OnlyReader(const NodeDef& node) const {
  const std::vector<NodeDef*> readers = Readers(node);
  return readers.size() == 1 && kept_.count(node.name()) == 0 ? readers.front() : nullptr;
}

bool View::CanBeOne(const std::vector<NodeDef*>& nodes) const {
  for (const NodeDef* node : nodes) {
    if (!IsFloatOnCpu(*node) || node->device() != nodes.back()->device()) return false;
    if (node == nodes.back()) continue;
    if (kept_.count(node->name()) > 0) return false;
    for (const NodeDef* reader : Readers(*node)) {
      if (std::find(nodes.begin(), nodes.end(), reader) == nodes.end()) return false;
    }
  }
  return true;
}

std::optional<Shape> View::ShapeOfInput(const std::string& input) const {
  const size_t colon = input.find(':');
  const int output = colon == std::string::npos ? 0 : std::atoi(input.c_str() + colon + 1);
  return shape_of_(NodeName(input), output);
}

std::optional<float> View::Number(const std::string& input) const {
  const tensorflow::TensorProto* tensor = ConstantOf(Node(input));
  if (tensor == nullptr || tensor->dtype() != tensorflow::DT_FLOAT) return std::nullopt;
  const auto values = Elements<float>(*tensor, tensor->float_val());
  return values && values->size() == 1 ? std::optional<float>(values->front()) : std::nullopt;
}

std::optional<std::vector<int64_t>> View::Integers(const std::string& input) const {
  const tensorflow::TensorProto* tensor = ConstantOf(Node(input));
  if (tensor == nullptr) return std::nullopt;
  if (tensor->dtype() == tensorflow::DT_INT64) return Elements<int64_t>(*tensor, tensor->int64_val());
  if (tensor->dtype() != tensorflow::DT_INT32) return std::nullopt;
  const auto values = Elements<int32_t>(*tensor, tensor->int_val());
  return values ? std::optional<std::vector<int64_t>>({values->begin(), values->end()}) : std::nullopt;
}

void View::Forget(NodeDef* node) {
  for (const std::string& input : node->input()) {
    std::vector<NodeDef*>& readers = readers_[NodeName(input)];
    const auto found = std::find(readers.begin(), readers.end(), node);
    if (found != readers.end()) readers.erase(found);
    left_over_.push_back(NodeName(input));
  }
}

void View::Replace(const std::vector<NodeDef*>& nodes, const std::string& op, const std::vector<std::string>& inputs) {
  NodeDef* node = nodes.back();
  std::vector<std::string> all = inputs;
  // Who had to be done before any of them has to be done before the one.
  for (const NodeDef* part : nodes) {
    for (const std::string& input : part->input()) {
      if (input[0] == '^' && std::find(all.begin(), all.end(), input) == all.end()) all.push_back(input);
    }
  }
  Forget(node);
  node->set_op(op);
  node->clear_attr();
  node->clear_input();
  node->clear_experimental_type();
  for (const std::string& input : all) {
    node->add_input(input);
    Read(node, NodeName(input));
  }
  changed_ = true;
}

void View::Rename(NodeDef* node, const std::string& op) {
  node->set_op(op);
  changed_ = true;
}

NodeDef* View::Add(const NodeDef& like, const std::string& name, const std::string& op,
                   const std::vector<std::string>& inputs) {
  NodeDef* node = graph_->add_node();
  std::string free = like.name() + "/" + name;
  while (by_name_.count(free) > 0) free += "_";
  node->set_name(free);
  node->set_op(op);
  node->set_device(like.device());
  by_name_[free] = node;
  for (const std::string& input : inputs) {
    node->add_input(input);
    Read(node, NodeName(input));
  }
  return node;
}

std::string View::AddIntegers(const NodeDef& like, const std::string& name, const std::vector<int32_t>& values) {
  NodeDef* node = Add(like, name, "Const", {});
  (*node->mutable_attr())["dtype"].set_type(tensorflow::DT_INT32);
  tensorflow::TensorProto* tensor = (*node->mutable_attr())["value"].mutable_tensor();
  tensor->set_dtype(tensorflow::DT_INT32);
  tensor->mutable_tensor_shape()->add_dim()->set_size(static_cast<int64_t>(values.size()));
  for (const int32_t value : values) tensor->add_int_val(value);
  return node->name();
}

std::string View::AddNumbers(const NodeDef& like, const std::string& name, float value, int64_t count) {
  NodeDef* node = Add(like, name, "Const", {});
  (*node->mutable_attr())["dtype"].set_type(tensorflow::DT_FLOAT);
  tensorflow::TensorProto* tensor = (*node->mutable_attr())["value"].mutable_tensor();
  tensor->set_dtype(tensorflow::DT_FLOAT);
  tensor->mutable_tensor_shape()->add_dim()->set_size(count);
  tensor->add_float_val(value);
  return node->name();
}

void View::Sweep() {
  std::unordered_set<const NodeDef*> removed;
  while (!left_over_.empty()) {
    const auto found = by_name_.find(left_over_.back());
    left_over_.pop_back();
    if (found == by_name_.end()) continue;
    NodeDef* node = found->second;
    if (kSwept.count(node->op()) == 0 || kept_.count(node->name()) > 0 || !Readers(*node).empty()) continue;
    by_name_.erase(found);
    removed.insert(node);
    Forget(node);
  }
  if (removed.empty()) return;
  tensorflow::GraphDef rest;
  for (NodeDef& node : *graph_->mutable_node()) {
    if (removed.count(&node) == 0) rest.add_node()->Swap(&node);
  }
  graph_->mutable_node()->Swap(rest.mutable_node());
}

}  // namespace ingot

#endif
