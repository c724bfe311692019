#include "rewrite.h"

#ifdef __linux__

#include <algorithm>
#include <cctype>

namespace ingot {
namespace {

using tensorflow::NodeDef;

// Where the axes of an operand lie: "BTNH" has the rows of a head apart, "BNTH" together.
enum class Layout { kRowsOutside, kHeadsOutside };

struct Operand {
  std::string input;
  Layout layout = Layout::kHeadsOutside;
};

struct Match {
  Operand q, k, v;
  Layout out = Layout::kHeadsOutside;
  float scale = 1;
  std::string mask;
  // Whether there is an axis of heads.
  bool has_heads = true;
  // From the scores to the result.
  std::vector<NodeDef*> nodes;
};

bool IsBatchMatMul(const NodeDef* node) { return IsOp(node, {"BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"}); }

// A product with a constant number: the other input. Multiplies the scale by it.
std::optional<std::string> BeforeScale(const View& view, const NodeDef* node, float* scale) {
  if (!IsOp(node, {"Mul", "RealDiv"})) return std::nullopt;
  const int constant = view.Number(node->input(1)) ? 1 : 0;
  const auto number = view.Number(node->input(constant));
  const bool divides = node->op() == "RealDiv";
  if (!number || (divides && constant == 0)) return std::nullopt;
  // A number of a higher rank raises the result's.
  const auto before = view.ShapeOfInput(node->input(1 - constant)), after = view.ShapeOfOutput(*node);
  if (!before || !after || before->size() != after->size()) return std::nullopt;
  *scale = divides ? *scale / *number : *scale * *number;
  return node->input(1 - constant);
}

bool HasPermutation(const View& view, const NodeDef* node, const std::vector<int64_t>& wanted) {
  return IsOp(node, {"Transpose"}) && view.Integers(node->input(1)) == wanted;
}

// Through factors and a transposition of rows and heads.
Operand Resolve(const View& view, std::string input, float* scale) {
  Operand operand{std::move(input)};
  for (;;) {
    const NodeDef* node = view.Node(operand.input);
    if (const auto before = scale == nullptr ? std::nullopt : BeforeScale(view, node, scale)) {
      operand.input = *before;
    } else if (operand.layout == Layout::kHeadsOutside && HasPermutation(view, node, {0, 2, 1, 3})) {
      operand = {node->input(0), Layout::kRowsOutside};
    } else {
      return operand;
    }
  }
}

// "BTNH" as the axes that it names: b, rows, heads and depth by letter; none when they lie otherwise.
std::optional<Layout> LayoutOf(const std::string& labels, char batch, char heads, char rows, char depth) {
  if (labels == std::string{batch, rows, heads, depth}) return Layout::kRowsOutside;
  if (labels == std::string{batch, heads, rows, depth}) return Layout::kHeadsOutside;
  return std::nullopt;
}

struct Equation {
  std::string left, right, out;
};

std::optional<Equation> EquationOf(const NodeDef& node) {
  const auto found = node.attr().find("equation");
  if (found == node.attr().end() || node.input_size() < 2) return std::nullopt;
  std::string text = found->second.s();
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  // Two operands and a result, of four different letters each.
  if (text.size() != 15 || text[4] != ',' || text.compare(9, 2, "->") != 0) return std::nullopt;
  Equation equation{text.substr(0, 4), text.substr(5, 4), text.substr(11)};
  for (const std::string* labels : {&equation.left, &equation.right, &equation.out}) {
    for (size_t i = 0; i < 4; ++i) {
      const char label = (*labels)[i];
      if (!std::isalpha(static_cast<unsigned char>(label)) || labels->find(label, i + 1) != std::string::npos) return std::nullopt;
    }
  }
  return equation;
}

// The letter that one of an equation's operands has and the result has not.
char Summed(const Equation& equation) {
  for (const char label : equation.left) {
    if (equation.out.find(label) == std::string::npos) return label;
  }
  return '\0';
}

// Q K^T
bool MatchScores(const View& view, NodeDef* node, Match* match) {
  if (IsOp(node, {"Einsum"})) {
    const auto equation = EquationOf(*node);
    if (!equation) return false;
    const char b = equation->out[0], n = equation->out[1], t = equation->out[2], s = equation->out[3];
    const char h = Summed(*equation);
    const bool q_first = equation->left.find(t) != std::string::npos;
    const auto q = LayoutOf(q_first ? equation->left : equation->right, b, n, t, h);
    const auto k = LayoutOf(q_first ? equation->right : equation->left, b, n, s, h);
    if (!q || !k) return false;
    match->q = {node->input(q_first ? 0 : 1), *q};
    match->k = {node->input(q_first ? 1 : 0), *k};
    return true;
  }
  if (!IsBatchMatMul(node) || IsSet(*node, "adj_x")) return false;
  match->q = Resolve(view, node->input(0), &match->scale);
  if (IsSet(*node, "adj_y")) {
    match->k = Resolve(view, node->input(1), &match->scale);
    return true;
  }
  const NodeDef* turned = view.Input(*node, 1);
  if (HasPermutation(view, turned, {0, 2, 3, 1})) {
    match->k = {turned->input(0), Layout::kRowsOutside};
  } else if (HasPermutation(view, turned, {0, 1, 3, 2}) || HasPermutation(view, turned, {0, 2, 1})) {
    match->k = {turned->input(0), Layout::kHeadsOutside};
  } else {
    return false;
  }
  return true;
}

// From the softmax back to the product: a mask at most, then factors.
bool MatchLogits(const View& view, const std::string& input, bool may_mask, Match* match) {
  NodeDef* node = view.Node(input);
  if (node == nullptr) return false;
  match->nodes.insert(match->nodes.begin(), node);
  Match before = *match;
  if (MatchScores(view, node, match)) return true;
  *match = before;
  if (const auto inner = BeforeScale(view, node, &match->scale)) {
    if (MatchLogits(view, *inner, false, match)) return true;
  } else if (may_mask && IsOp(node, {"Add", "AddV2"})) {
    for (const int scores : {0, 1}) {
      *match = before;
      match->mask = node->input(1 - scores);
      if (MatchLogits(view, node->input(scores), false, match)) return true;
    }
  }
  *match = before;
  return false;
}

// Weights times V, and a transposition that brings heads back beside depth.
bool MatchResult(const View& view, const NodeDef& softmax, Match* match) {
  NodeDef* product = view.OnlyReader(softmax);
  if (product == nullptr) return false;
  match->nodes.push_back(product);
  if (IsOp(product, {"Einsum"})) {
    const auto equation = EquationOf(*product);
    if (!equation) return false;
    const int weights = view.Input(*product, 0) == &softmax ? 0 : 1;
    const std::string& p = weights == 0 ? equation->left : equation->right;
    const std::string& other = weights == 0 ? equation->right : equation->left;
    const auto only_here = std::find_if(other.begin(), other.end(), [&p](char c) { return p.find(c) == std::string::npos; });
    if (only_here == other.end()) return false;
    const auto v = LayoutOf(other, p[0], p[1], p[3], *only_here);
    const auto out = LayoutOf(equation->out, p[0], p[1], p[2], *only_here);
    if (!v || !out) return false;
    match->v = {product->input(1 - weights), *v};
    match->out = *out;
    return true;
  }
  if (!IsBatchMatMul(product) || IsSet(*product, "adj_x") || IsSet(*product, "adj_y")) return false;
  if (view.Input(*product, 0) != &softmax) return false;
  match->v = Resolve(view, product->input(1), nullptr);
  NodeDef* turned = view.OnlyReader(*product);
  if (HasPermutation(view, turned, {0, 2, 1, 3}) && view.Input(*turned, 0) == product) {
    match->nodes.push_back(turned);
    match->out = Layout::kRowsOutside;
  }
  return true;
}

// All operands have the same rank: 4, or 3 where there are no heads.
bool CheckRanks(const View& view, const NodeDef& softmax, Match* match) {
  const auto scores = view.ShapeOfOutput(softmax);
  if (!scores || (scores->size() != 4 && scores->size() != 3)) return false;
  match->has_heads = scores->size() == 4;
  for (const Operand* operand : {&match->q, &match->k, &match->v}) {
    const auto shape = view.ShapeOfInput(operand->input);
    if (!shape || shape->size() != scores->size()) return false;
    if (!match->has_heads && operand->layout != Layout::kHeadsOutside) return false;
  }
  if (match->mask.empty()) return true;
  const auto mask = view.ShapeOfInput(match->mask);
  return mask && mask->size() <= scores->size();
}

std::string Letter(Layout layout) { return layout == Layout::kRowsOutside ? "T" : "N"; }

}  // namespace

void FuseAttention(View* view) {
  for (NodeDef* softmax : view->nodes()) {
    if (!IsOp(softmax, {"Softmax"}) || !IsFloatOnCpu(*softmax)) continue;
    Match match;
    if (!MatchLogits(*view, softmax->input(0), true, &match)) continue;
    match.nodes.push_back(softmax);
    if (!MatchResult(*view, *softmax, &match) || !CheckRanks(*view, *softmax, &match) || !view->CanBeOne(match.nodes)) continue;
    std::vector<std::string> inputs{match.q.input, match.k.input, match.v.input};
    if (!match.mask.empty()) inputs.push_back(match.mask);
    view->Replace(match.nodes, "IngotAttention", inputs);
    auto& attr = *match.nodes.back()->mutable_attr();
    attr["layout"].set_s(Letter(match.q.layout) + Letter(match.k.layout) + Letter(match.v.layout) + Letter(match.out));
    attr["scale"].set_f(match.scale);
    attr["masks"].set_i(match.mask.empty() ? 0 : 1);
    attr["rank"].set_i(match.has_heads ? 4 : 3);
  }
}

}  // namespace ingot

#endif
