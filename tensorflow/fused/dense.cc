#include "rewrite.h"

#ifdef __linux__

namespace ingot {
namespace {

using tensorflow::NodeDef;

struct Match {
  NodeDef* product = nullptr;
  // Between the product and the sum; null when there is none.
  NodeDef* reshape = nullptr;
  std::string bias;
  // Null when there is none.
  NodeDef* activation = nullptr;
  // Inner size and columns of the product.
  int64_t depth = 0, columns = 0;
  std::vector<NodeDef*> nodes;

  bool IsBatched() const { return product->op() != "MatMul"; }
};

bool IsKnown(const Shape& shape) {
  for (const int64_t size : shape) {
    if (size < 1) return false;
  }
  return true;
}

// x W with the same W for all rows of x.
bool MatchProduct(const View& view, NodeDef* node, Match* match) {
  if (!IsOp(node, {"MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"})) return false;
  const auto left = view.ShapeOfInput(node->input(0)), right = view.ShapeOfInput(node->input(1));
  if (!left || !right || right->size() != 2 || !IsKnown(*right)) return false;
  match->product = node;
  if (match->IsBatched() && (IsSet(*node, "adj_x") || IsSet(*node, "adj_y") || left->size() < 2)) return false;
  const bool turned = IsSet(*node, "transpose_b");
  match->depth = (*right)[turned ? 1 : 0];
  match->columns = (*right)[turned ? 0 : 1];
  return true;
}

// Whether a bias of this shape has one number for each column of a product that is reshaped to `sum`.
bool IsBias(const std::optional<Shape>& bias, const std::optional<Shape>& sum, int64_t columns) {
  if (!bias || !sum || bias->empty() || bias->size() > sum->size() || !IsKnown(*bias)) return false;
  int64_t count = 1;
  for (size_t i = 0; i < bias->size(); ++i) {
    const int64_t size = (*bias)[bias->size() - 1 - i];
    // Sizes of 1 that it has in front are for the rows.
    if (count == columns && size == 1) continue;
    if ((*sum)[sum->size() - 1 - i] != size) return false;
    count *= size;
  }
  return count == columns;
}

bool IsLastAxis(const NodeDef& bias_add) {
  const auto format = bias_add.attr().find("data_format");
  return format == bias_add.attr().end() || format->second.s() != "NCHW";
}

bool MatchSum(const View& view, NodeDef* sum, Match* match) {
  const bool is_bias_add = IsOp(sum, {"BiasAdd"}) && IsLastAxis(*sum);
  if ((!is_bias_add && !IsOp(sum, {"Add", "AddV2"})) || !IsFloatOnCpu(*sum)) return false;
  for (const int bias : {1, 0}) {
    if (bias == 0 && is_bias_add) break;
    *match = {};
    NodeDef* node = view.Input(*sum, 1 - bias);
    if (IsOp(node, {"Reshape"})) {
      match->reshape = node;
      node = view.Input(*node, 0);
    }
    if (!MatchProduct(view, node, match)) continue;
    // TensorFlow fuses these itself.
    if (match->reshape == nullptr && !match->IsBatched()) continue;
    if (!IsBias(view.ShapeOfInput(sum->input(bias)), view.ShapeOfInput(sum->input(1 - bias)), match->columns)) continue;
    match->bias = sum->input(bias);
    match->nodes = {match->product, sum};
    if (match->reshape != nullptr) match->nodes.insert(match->nodes.begin() + 1, match->reshape);
    NodeDef* reader = view.OnlyReader(*sum);
    if (IsOp(reader, {"Relu", "Relu6", "Elu"})) {
      match->activation = reader;
      match->nodes.push_back(reader);
    }
    return view.CanBeOne(match->nodes);
  }
  return false;
}

// The shape of the result as a constant; none when more than one size is not known.
std::optional<std::vector<int32_t>> ConstantShape(const std::optional<Shape>& shape) {
  if (!shape) return std::nullopt;
  std::vector<int32_t> sizes;
  int unknown = 0;
  for (const int64_t size : *shape) {
    if (size < 1 && ++unknown > 1) return std::nullopt;
    sizes.push_back(size < 1 ? -1 : static_cast<int32_t>(size));
  }
  return sizes;
}

// The shape that tf.tensordot computes: the sizes of what it was given but the last one, and the number of columns.
std::optional<Shape> TensordotShape(const View& view, const NodeDef& reshape, int64_t columns) {
  const NodeDef* concat = view.Input(reshape, 1);
  if (!IsOp(concat, {"ConcatV2"}) || concat->attr().at("N").i() != 2) return std::nullopt;
  if (view.Integers(concat->input(1)) != std::vector<int64_t>{columns}) return std::nullopt;
  const NodeDef* gather = view.Input(*concat, 0);
  const NodeDef* shape = IsOp(gather, {"GatherV2"}) ? view.Input(*gather, 0) : nullptr;
  auto sizes = IsOp(shape, {"Shape"}) ? view.ShapeOfInput(shape->input(0)) : std::nullopt;
  const auto taken = sizes ? view.Integers(gather->input(1)) : std::nullopt;
  if (!taken || taken->size() + 1 != sizes->size()) return std::nullopt;
  for (size_t i = 0; i < taken->size(); ++i) {
    if ((*taken)[i] != static_cast<int64_t>(i)) return std::nullopt;
  }
  sizes->back() = columns;
  return sizes;
}

std::string Reshaped(View* view, const NodeDef& like, const std::string& name, const std::string& input,
                     const std::vector<int32_t>& sizes) {
  NodeDef* node = view->Add(like, name, "Reshape", {input, view->AddIntegers(like, name + "_shape", sizes)});
  (*node->mutable_attr())["T"].set_type(tensorflow::DT_FLOAT);
  (*node->mutable_attr())["Tshape"].set_type(tensorflow::DT_INT32);
  return node->name();
}

// Whether a reshape computes its shape each time.
bool HasComputedShape(const View& view, const NodeDef* node) { return IsOp(node, {"Reshape"}) && !view.Integers(node->input(1)); }

// What is multiplied, as a matrix. A reshape to it whose shape is computed becomes one that says only how long a row is.
std::string RowsOf(View* view, const NodeDef& like, const Match& match) {
  const std::string& left = match.product->input(0);
  const bool is_matrix = !match.IsBatched();
  if (is_matrix && (IsSet(*match.product, "transpose_a") || !HasComputedShape(*view, view->Node(left)))) return left;
  return Reshaped(view, like, "rows", BeforeReshapes(*view, left), {-1, static_cast<int32_t>(match.depth)});
}

// As TensorFlow's remapper makes it.
std::string AddFused(View* view, const NodeDef& like, const Match& match) {
  const auto bias_shape = view->ShapeOfInput(match.bias);
  const bool is_flat = bias_shape && bias_shape->size() == 1;
  const std::string bias =
      is_flat ? match.bias : Reshaped(view, like, "bias", match.bias, {static_cast<int32_t>(match.columns)});
  NodeDef* fused = view->Add(like, "dense", "_FusedMatMul", {RowsOf(view, like, match), match.product->input(1), bias});
  auto& attr = *fused->mutable_attr();
  attr["T"].set_type(tensorflow::DT_FLOAT);
  attr["transpose_a"].set_b(IsSet(*match.product, "transpose_a"));
  attr["transpose_b"].set_b(IsSet(*match.product, "transpose_b"));
  attr["num_args"].set_i(1);
  attr["epsilon"].set_f(0);
  attr["fused_ops"].mutable_list()->add_s("BiasAdd");
  if (match.activation != nullptr) attr["fused_ops"].mutable_list()->add_s(match.activation->op());
  return fused->name();
}

}  // namespace

void FuseDense(View* view) {
  for (NodeDef* sum : view->nodes()) {
    Match match;
    if (!MatchSum(*view, sum, &match)) continue;
    NodeDef* root = match.nodes.back();
    auto sizes = ConstantShape(view->ShapeOfOutput(*sum));
    if (!sizes && match.reshape != nullptr) sizes = ConstantShape(TensordotShape(*view, *match.reshape, match.columns));
    if (match.reshape == nullptr && !sizes) continue;
    const bool is_constant = match.reshape == nullptr || (sizes && HasComputedShape(*view, match.reshape));
    const tensorflow::DataType type = is_constant ? tensorflow::DT_INT32 : match.reshape->attr().at("Tshape").type();
    const std::string shape = is_constant ? view->AddIntegers(*root, "shape", *sizes) : match.reshape->input(1);
    const std::string fused = AddFused(view, *root, match);
    view->Replace(match.nodes, "Reshape", {fused, shape});
    (*root->mutable_attr())["T"].set_type(tensorflow::DT_FLOAT);
    (*root->mutable_attr())["Tshape"].set_type(type);
  }
}

}  // namespace ingot

#endif
