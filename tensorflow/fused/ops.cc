// The ops that fused patterns become. Their names are only ever in a session, not in a saved graph.

#ifdef __linux__

#include <tensorflow/core/framework/op.h>
#include <tensorflow/core/framework/op_kernel.h>
#include <tensorflow/core/framework/shape_inference.h>
#include <tensorflow/core/util/work_sharder.h>

#include <atomic>
#include <memory>
#include <new>

#include "kernels.h"

namespace ingot {
namespace {

using tensorflow::OpKernel;
using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::Tensor;
using tensorflow::TensorShape;
using tensorflow::shape_inference::DimensionHandle;
using tensorflow::shape_inference::InferenceContext;
using tensorflow::shape_inference::ShapeHandle;

// [batch, heads, rows, depth], whichever order a tensor has them in: its sizes and how many floats lie between two of each.
struct Axes {
  int64_t size[4];
  int64_t step[4];
};

enum { kBatch, kHeads, kRows, kDepth };

Axes AxesOf(const TensorShape& shape, char layout) {
  const bool has_heads = shape.dims() == 4;
  const int64_t batch = shape.dim_size(0), depth = shape.dim_size(shape.dims() - 1);
  const int64_t outer = shape.dim_size(1), inner = has_heads ? shape.dim_size(2) : 0;
  if (!has_heads) return {{batch, 1, outer, depth}, {outer * depth, outer * depth, depth, 1}};
  if (layout == 'T') return {{batch, inner, outer, depth}, {outer * inner * depth, depth, inner * depth, 1}};
  return {{batch, outer, inner, depth}, {outer * inner * depth, inner * depth, depth, 1}};
}

// Sizes of 1 in front of it, as many as are wanted; the axis of heads is one of them where the others have none.
Axes AxesOfMask(const TensorShape& shape, bool has_heads) {
  Axes axes{{1, 1, 1, 1}, {0, 0, 0, 0}};
  int64_t step = 1;
  for (int i = 0; i < shape.dims(); ++i) {
    int axis = kDepth - i;
    if (!has_heads && axis == kHeads) axis = kBatch;
    axes.size[axis] = shape.dim_size(shape.dims() - 1 - i);
    axes.step[axis] = step;
    step *= axes.size[axis];
  }
  return axes;
}

// An axis of size 1 is as long as the longer one: its only element is repeated.
bool Broadcast(Axes* axes, int axis, int64_t size) {
  if (axes->size[axis] == size) return true;
  if (axes->size[axis] != 1) return false;
  axes->step[axis] = 0;
  return true;
}

int64_t Larger(int64_t a, int64_t b) { return a == 1 ? b : a; }

// What is fed may be of another rank than its placeholder says; the pattern was one for that rank.
absl::Status CheckRank(const Tensor& tensor, int rank) {
  if (tensor.dims() == rank) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a tensor of shape ", tensor.shape().DebugString(), " is not of rank ", rank, ", as the graph says"));
}

class AttentionOp : public OpKernel {
 public:
  explicit AttentionOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("layout", &layout_));
    OP_REQUIRES_OK(context, context->GetAttr("scale", &scale_));
    OP_REQUIRES_OK(context, context->GetAttr("rank", &rank_));
    OP_REQUIRES(context, layout_.size() == 4, absl::InvalidArgumentError("layout has a letter for Q, K, V and the result"));
  }

  void Compute(OpKernelContext* context) override {
    for (int i = 0; i < 3; ++i) OP_REQUIRES_OK(context, CheckRank(context->input(i), rank_));
    const bool has_mask = context->num_inputs() == 4;
    Axes q = AxesOf(context->input(0).shape(), layout_[0]);
    Axes k = AxesOf(context->input(1).shape(), layout_[1]);
    Axes v = AxesOf(context->input(2).shape(), layout_[2]);
    Axes mask = has_mask ? AxesOfMask(context->input(3).shape(), rank_ == 4) : Axes{{1, 1, 1, 1}, {0, 0, 0, 0}};
    int64_t size[2];
    bool fits = q.size[kDepth] == k.size[kDepth];
    for (const int axis : {kBatch, kHeads}) {
      size[axis] = Larger(Larger(q.size[axis], k.size[axis]), Larger(v.size[axis], mask.size[axis]));
      for (Axes* axes : {&q, &k, &v, &mask}) fits = fits && Broadcast(axes, axis, size[axis]);
    }
    const int64_t queries = Larger(q.size[kRows], mask.size[kRows]), keys = Larger(k.size[kRows], mask.size[kDepth]);
    fits = fits && Broadcast(&q, kRows, queries) && Broadcast(&mask, kRows, queries) && Broadcast(&k, kRows, keys) &&
           Broadcast(&mask, kDepth, keys) && v.size[kRows] == keys;
    OP_REQUIRES(context, fits,
                absl::InvalidArgumentError(absl::StrCat(
                    "Incompatible shapes in attention: ", context->input(0).shape().DebugString(), ", ",
                    context->input(1).shape().DebugString(), ", ", context->input(2).shape().DebugString(),
                    has_mask ? ", mask " + context->input(3).shape().DebugString() : std::string())));

    TensorShape shape({size[kBatch]});
    if (rank_ == 4) shape.AddDim(layout_[3] == 'T' ? queries : size[kHeads]);
    shape.AddDim(rank_ == 4 && layout_[3] == 'T' ? size[kHeads] : queries);
    shape.AddDim(v.size[kDepth]);
    Tensor* out = nullptr;
    OP_REQUIRES_OK(context, context->allocate_output(0, shape, &out));
    if (shape.num_elements() == 0) return;
    if (keys == 0) return void(out->flat<float>().setZero());
    const Axes to = AxesOf(shape, layout_[3]);
    const auto data = [context](int input) { return context->input(input).flat<float>().data(); };

    const auto unsigned_of = [](int64_t value) { return static_cast<size_t>(value); };
    Attention head{};
    head.queries = unsigned_of(queries);
    head.keys = unsigned_of(keys);
    head.depth = unsigned_of(q.size[kDepth]);
    head.width = unsigned_of(v.size[kDepth]);
    head.q_row = unsigned_of(q.step[kRows]);
    head.k_row = unsigned_of(k.step[kRows]);
    head.v_row = unsigned_of(v.step[kRows]);
    head.out_row = unsigned_of(to.step[kRows]);
    head.scale = scale_;
    head.mask_row = unsigned_of(mask.step[kRows]);
    head.mask_column = unsigned_of(mask.step[kDepth]);
    float* const results = out->flat<float>().data();
    const Kernels& kernels = BestKernels();
    std::atomic<bool> has_memory{true};
    const auto heads = [&](int64_t begin, int64_t end) {
      std::unique_ptr<float[]> scratch(new (std::nothrow) float[kernels.attention_scratch(head)]);
      if (scratch == nullptr) return void(has_memory = false);
      for (int64_t i = begin; i < end; ++i) {
        const int64_t b = i / size[kHeads], n = i % size[kHeads];
        const auto at = [b, n](const Axes& axes) { return b * axes.step[kBatch] + n * axes.step[kHeads]; };
        Attention one = head;
        one.q = data(0) + at(q);
        one.k = data(1) + at(k);
        one.v = data(2) + at(v);
        one.mask = has_mask ? data(3) + at(mask) : nullptr;
        one.out = results + at(to);
        kernels.attend(one, scratch.get());
      }
    };
    const auto* threads = context->device()->tensorflow_cpu_worker_threads();
    // About as many cycles: 16 multiplications each, and as much as 16 of them for the softmax of a score.
    const int64_t cycles = queries * keys * (q.size[kDepth] + v.size[kDepth] + 16) / 16;
    tensorflow::Shard(threads->num_threads, threads->workers, size[kBatch] * size[kHeads], cycles, heads);
    OP_REQUIRES(context, has_memory, absl::ResourceExhaustedError("there is no memory for the scores of attention"));
  }

 private:
  std::string layout_;
  float scale_ = 1;
  int rank_ = 0;
};

class LayerNormOp : public OpKernel {
 public:
  explicit LayerNormOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("epsilon", &epsilon_));
    OP_REQUIRES_OK(context, context->GetAttr("rank", &rank_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor& x = context->input(0);
    const Tensor& gamma = context->input(1);
    const Tensor& beta = context->input(2);
    OP_REQUIRES_OK(context, CheckRank(x, rank_));
    const int64_t columns = x.dims() == 0 ? 0 : x.dim_size(x.dims() - 1);
    OP_REQUIRES(context, columns > 0 && gamma.NumElements() == columns && beta.NumElements() == columns,
                absl::InvalidArgumentError(absl::StrCat("Incompatible shapes in layer normalisation: ",
                                                        x.shape().DebugString(), ", ", gamma.shape().DebugString(), ", ",
                                                        beta.shape().DebugString())));
    Tensor* out = nullptr;
    OP_REQUIRES_OK(context, context->forward_input_or_allocate_output({0}, 0, x.shape(), &out));
    const Kernels& kernels = BestKernels();
    const auto rows = [&](int64_t begin, int64_t end) {
      LayerNorm part{};
      part.rows = static_cast<size_t>(end - begin);
      part.columns = static_cast<size_t>(columns);
      part.x = x.flat<float>().data() + begin * columns;
      part.gamma = gamma.flat<float>().data();
      part.beta = beta.flat<float>().data();
      part.epsilon = epsilon_;
      part.out = out->flat<float>().data() + begin * columns;
      kernels.layer_norm(part);
    };
    const auto* threads = context->device()->tensorflow_cpu_worker_threads();
    tensorflow::Shard(threads->num_threads, threads->workers, x.NumElements() / columns, columns + 20, rows);
  }

 private:
  float epsilon_ = 0;
  int rank_ = 0;
};

class ConstantOp : public OpKernel {
 public:
  explicit ConstantOp(OpKernelConstruction* context) : OpKernel(context) {
    const tensorflow::TensorProto* value = nullptr;
    OP_REQUIRES_OK(context, context->GetAttr("value", &value));
    OP_REQUIRES(context, value_.FromProto(*value), absl::InvalidArgumentError("the constant " + name() + " has no value"));
  }

  void Compute(OpKernelContext* context) override { context->set_output(0, value_); }
  bool IsExpensive() override { return false; }

 private:
  Tensor value_;
};

absl::Status ConstantShape(InferenceContext* context) {
  const tensorflow::TensorProto* value = nullptr;
  TF_RETURN_IF_ERROR(context->GetAttr("value", &value));
  ShapeHandle shape;
  TF_RETURN_IF_ERROR(context->MakeShapeFromShapeProto(value->tensor_shape(), &shape));
  context->set_output(0, shape);
  return absl::OkStatus();
}

absl::Status AttentionShape(InferenceContext* context) {
  std::string layout;
  TF_RETURN_IF_ERROR(context->GetAttr("layout", &layout));
  const ShapeHandle q = context->input(0), k = context->input(1), v = context->input(2);
  if (layout.size() != 4 || !context->RankKnown(q) || !context->RankKnown(k) || !context->RankKnown(v)) {
    context->set_output(0, context->UnknownShape());
    return absl::OkStatus();
  }
  const int rank = context->Rank(q);
  // Which one is repeated may not be known yet.
  std::vector<DimensionHandle> dims(static_cast<size_t>(rank), context->UnknownDim());
  dims.back() = context->Dim(v, -1);
  const auto known = [context](DimensionHandle dim) { return context->ValueKnown(dim) && context->Value(dim) != 1; };
  const DimensionHandle batch = context->Dim(q, 0);
  if (known(batch) || (context->num_inputs() == 3 && batch.SameHandle(context->Dim(k, 0)) && batch.SameHandle(context->Dim(v, 0)))) {
    dims[0] = batch;
  }
  if (rank == 4) {
    const DimensionHandle rows = context->Dim(q, layout[0] == 'T' ? 1 : 2), heads = context->Dim(q, layout[0] == 'T' ? 2 : 1);
    if (known(rows)) dims[layout[3] == 'T' ? 1 : 2] = rows;
    if (known(heads)) dims[layout[3] == 'T' ? 2 : 1] = heads;
  } else if (rank == 3 && known(context->Dim(q, 1))) {
    dims[1] = context->Dim(q, 1);
  }
  context->set_output(0, context->MakeShape(dims));
  return absl::OkStatus();
}

REGISTER_OP("IngotAttention")
    .Input("q: float")
    .Input("k: float")
    .Input("v: float")
    .Input("mask: masks * float")
    .Attr("masks: int >= 0")
    .Attr("layout: string")
    .Attr("scale: float")
    .Attr("rank: int")
    .Output("out: float")
    .SetShapeFn(AttentionShape);

REGISTER_OP("IngotLayerNorm")
    .Input("x: float")
    .Input("gamma: float")
    .Input("beta: float")
    .Attr("epsilon: float")
    .Attr("rank: int")
    .Output("y: float")
    .SetShapeFn([](InferenceContext* context) {
      context->set_output(0, context->input(0));
      return absl::OkStatus();
    });

REGISTER_OP("IngotConstant").Attr("value: tensor").Attr("dtype: type").Output("y: dtype").SetShapeFn(ConstantShape);

REGISTER_KERNEL_BUILDER(Name("IngotConstant").Device(tensorflow::DEVICE_CPU), ConstantOp);
REGISTER_KERNEL_BUILDER(Name("IngotAttention").Device(tensorflow::DEVICE_CPU), AttentionOp);
REGISTER_KERNEL_BUILDER(Name("IngotLayerNorm").Device(tensorflow::DEVICE_CPU), LayerNormOp);

}  // namespace
}  // namespace ingot

#endif
