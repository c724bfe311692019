#pragma once

#ifdef __linux__

#include <tensorflow/core/framework/graph.pb.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace ingot {

// Sizes of a tensor. Below 0 is a size that is not known; below -1, two that are the same number are the same size.
using Shape = std::vector<int64_t>;

// A graph while it is rewritten. Inputs are written as in a NodeDef: "node", "node:1", "^node".
class View {
 public:
  using ShapeOf = std::function<std::optional<Shape>(const std::string& node, int output)>;

  // `kept`: nodes that are fed or fetched, whose values somebody outside wants.
  View(tensorflow::GraphDef* graph, std::unordered_set<std::string> kept, ShapeOf shape_of);

  // The nodes that there were when the view was made.
  const std::vector<tensorflow::NodeDef*>& nodes() const { return nodes_; }
  // All that there are now.
  const tensorflow::GraphDef& graph() const { return *graph_; }

  // The node behind a first output; null for any other.
  tensorflow::NodeDef* Node(const std::string& input) const;
  // The same for the input of a node with that number.
  tensorflow::NodeDef* Input(const tensorflow::NodeDef& node, int number) const;
  // The only node that reads a node, and does so once; null when the value is wanted outside, too.
  tensorflow::NodeDef* OnlyReader(const tensorflow::NodeDef& node) const;
  std::vector<tensorflow::NodeDef*> Readers(const tensorflow::NodeDef& node) const;
  // Whether one op on a processor can do what these nodes do: they all compute with float32 on the same one, and all that
  // reads them is among them, but for the last one, which anybody may read. Devices are those where the nodes will run.
  bool CanBeOne(const std::vector<tensorflow::NodeDef*>& nodes) const;

  std::optional<Shape> ShapeOfInput(const std::string& input) const;
  std::optional<Shape> ShapeOfOutput(const tensorflow::NodeDef& node) const { return ShapeOfInput(node.name()); }

  // What is in a constant.
  std::optional<float> Number(const std::string& input) const;
  std::optional<std::vector<int64_t>> Integers(const std::string& input) const;

  // Makes another node of the last of these in its place, under its name. The others are removed.
  void Replace(const std::vector<tensorflow::NodeDef*>& nodes, const std::string& op, const std::vector<std::string>& inputs);
  // Beside `like`, on its device, with a name that is not taken. Gives its name.
  tensorflow::NodeDef* Add(const tensorflow::NodeDef& like, const std::string& name, const std::string& op,
                           const std::vector<std::string>& inputs);
  std::string AddIntegers(const tensorflow::NodeDef& like, const std::string& name, const std::vector<int32_t>& values);
  std::string AddNumbers(const tensorflow::NodeDef& like, const std::string& name, float value, int64_t count);

  // Makes another op of a node whose inputs and attributes stay as they are.
  void Rename(tensorflow::NodeDef* node, const std::string& op);

  bool changed() const { return changed_; }
  // Removes what nobody reads any more of what was in a pattern.
  void Sweep();

 private:
  void Read(tensorflow::NodeDef* node, const std::string& input) { readers_[input].push_back(node); }
  void Forget(tensorflow::NodeDef* node);

  tensorflow::GraphDef* const graph_;
  const std::unordered_set<std::string> kept_;
  const ShapeOf shape_of_;
  std::vector<tensorflow::NodeDef*> nodes_;
  std::unordered_map<std::string, tensorflow::NodeDef*> by_name_;
  // By the name of the node that is read; once for each input.
  std::unordered_map<std::string, std::vector<tensorflow::NodeDef*>> readers_;
  std::vector<std::string> left_over_;
  bool changed_ = false;
};

// The node's part of an input.
std::string NodeName(const std::string& input);

bool IsOp(const tensorflow::NodeDef* node, std::initializer_list<const char*> ops);
// Whether it computes with float32 on a processor.
bool IsFloatOnCpu(const tensorflow::NodeDef& node);
bool IsSet(const tensorflow::NodeDef& node, const char* attribute);

// A tensor whose last size is `count`, the others 1.
bool IsRow(const std::optional<Shape>& shape, int64_t count);

// What a Reshape was made of, through any number of them.
std::string BeforeReshapes(const View& view, std::string input);

}  // namespace ingot

#endif
