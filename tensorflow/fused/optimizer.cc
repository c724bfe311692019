#include "optimizer.h"

#ifdef __linux__

#include <tensorflow/core/grappler/costs/graph_properties.h>
#include <tensorflow/core/grappler/grappler_item.h>
#include <tensorflow/core/grappler/optimizers/custom_graph_optimizer_registry.h>

#include <mutex>

#include "rewrite.h"
#endif

namespace ingot {

#ifdef __linux__

namespace {

namespace grappler = tensorflow::grappler;

constexpr char kName[] = "ingot";

// Comes after TensorFlow's own optimizers: functions are inlined by then, and sums in the order of its choice.
class Optimizer : public grappler::CustomGraphOptimizer {
 public:
  absl::Status Init(const tensorflow::RewriterConfig_CustomGraphOptimizer*) override { return absl::OkStatus(); }
  std::string name() const override { return kName; }
  bool UsesFunctionLibrary() const override { return false; }

  absl::Status Optimize(grappler::Cluster*, const grappler::GrapplerItem& item, tensorflow::GraphDef* graph) override {
    *graph = item.graph;
    // A gradient may be asked of it, which these ops have not.
    if (!item.optimization_options().allow_non_differentiable_rewrites) return absl::AbortedError("nothing to do");
    grappler::GraphProperties properties(item);
    // What is fed is taken to have the shape that its placeholder says; the ops look at ranks again when they run.
    const absl::Status inferred = properties.InferStatically(true, false, false, false);
    if (!inferred.ok()) return inferred;
    View view(graph, item.NodesToPreserve(), [&properties](const std::string& node, int output) -> std::optional<Shape> {
      if (!properties.HasOutputProperties(node)) return std::nullopt;
      const auto& outputs = properties.GetOutputProperties(node);
      if (static_cast<size_t>(output) >= outputs.size() || outputs[output].shape().unknown_rank()) return std::nullopt;
      Shape shape;
      for (const auto& dim : outputs[output].shape().dim()) shape.push_back(dim.size());
      return shape;
    });
    FuseAttention(&view);
    FuseLayerNorm(&view);
    FuseDense(&view);
    HideConstants(&view);
    if (!view.changed()) return absl::AbortedError("nothing to do");
    view.Sweep();
    return absl::OkStatus();
  }
};

}  // namespace

void RegisterFusion() {
  static std::once_flag once;
  std::call_once(once, [] {
    grappler::CustomGraphOptimizerRegistry::RegisterOptimizerOrDie([] { return new Optimizer; }, kName);
  });
}

#else

void RegisterFusion() {}

#endif

}  // namespace ingot
