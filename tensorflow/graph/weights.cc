#include "weights.h"

#ifdef __linux__

#include <tensorflow/core/framework/common_shape_fns.h>
#include <tensorflow/core/framework/graph.pb.h>
#include <tensorflow/core/framework/op.h>
#include <tensorflow/core/framework/op_kernel.h>
#include <tensorflow/core/framework/shape_inference.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace ingot {
namespace {

using tensorflow::NodeDef;
using tensorflow::Tensor;
using Readers = std::unordered_map<std::string, std::vector<const NodeDef*>>;

constexpr char kOp[] = "IngotWeights";

constexpr std::string_view kUsers[] = {"MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Gather", "GatherV2", "Einsum"};

constexpr int kMostPassed = 8;

std::mutex held_mutex;
std::unordered_map<std::string, Tensor>& Held() {
  static auto* held = new std::unordered_map<std::string, Tensor>;
  return *held;
}

class WeightsOp : public tensorflow::OpKernel {
 public:
  explicit WeightsOp(tensorflow::OpKernelConstruction* context) : OpKernel(context) {
    std::string key;
    OP_REQUIRES_OK(context, context->GetAttr("key", &key));
    const std::lock_guard<std::mutex> lock(held_mutex);
    const auto found = Held().find(key);
    OP_REQUIRES(context, found != Held().end(), absl::NotFoundError("no weights " + key));
    value_ = found->second;
  }

  void Compute(tensorflow::OpKernelContext* context) override { context->set_output(0, value_); }
  bool IsExpensive() override { return false; }

 private:
  Tensor value_;
};

REGISTER_OP("IngotWeights")
    .Attr("key: string")
    .Attr("dtype: type")
    .Attr("shape: shape")
    .Output("value: dtype")
    .SetShapeFn(tensorflow::shape_inference::ExplicitShape);

REGISTER_KERNEL_BUILDER(Name("IngotWeights").Device(tensorflow::DEVICE_CPU), WeightsOp);

bool IsLarge(const NodeDef& node) {
  if (node.op() != "Const") return false;
  const auto value = node.attr().find("value");
  return value != node.attr().end() && value->second.tensor().tensor_content().size() >= Weights::kLarge;
}

// `passed`: how many nodes that only pass the value on are between. Tools write one or two; a damaged graph may have a circle of them.
bool IsMultiplied(const NodeDef& node, const Readers& readers, int passed = 0) {
  const auto found = readers.find(node.name());
  if (found == readers.end() || passed > kMostPassed) return false;
  return std::all_of(found->second.begin(), found->second.end(), [&readers, passed](const NodeDef* reader) {
    if (reader->op() == "Identity") return IsMultiplied(*reader, readers, passed + 1);
    return std::find(std::begin(kUsers), std::end(kUsers), reader->op()) != std::end(kUsers);
  });
}

std::string NewKey(const std::string& name) {
  static std::atomic<uint64_t> count{0};
  return std::to_string(++count) + "/" + name;
}

}  // namespace

Weights::~Weights() {
  const std::lock_guard<std::mutex> lock(held_mutex);
  for (const std::string& key : keys_) Held().erase(key);
}

void Weights::TakeFrom(tensorflow::GraphDef* graph) {
  Readers readers;
  for (const NodeDef& node : graph->node()) {
    for (const std::string& input : node.input()) {
      if (!input.empty() && input[0] != '^') readers[input.substr(0, input.find(':'))].push_back(&node);
    }
  }
  for (NodeDef& node : *graph->mutable_node()) {
    if (!IsLarge(node) || !IsMultiplied(node, readers)) continue;
    tensorflow::TensorProto* proto = (*node.mutable_attr())["value"].mutable_tensor();
    Tensor value;
    if (!value.FromProto(*proto)) continue;
    keys_.push_back(NewKey(node.name()));
    {
      const std::lock_guard<std::mutex> lock(held_mutex);
      Held().emplace(keys_.back(), value);
    }
    node.mutable_attr()->erase("value");
    node.set_op(kOp);
    (*node.mutable_attr())["key"].set_s(keys_.back());
    value.shape().AsProto((*node.mutable_attr())["shape"].mutable_shape());
  }
}

}  // namespace ingot

#else

namespace ingot {

Weights::~Weights() = default;

}  // namespace ingot

#endif
