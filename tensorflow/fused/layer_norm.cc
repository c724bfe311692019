#include "rewrite.h"

#ifdef __linux__

#include <algorithm>

namespace ingot {
namespace {

using tensorflow::NodeDef;

struct Match {
  // What is normalised, as it is in the last product.
  std::string x;
  std::string gamma, beta;
  NodeDef* mean = nullptr;
  float epsilon = 0;
  int64_t columns = 0;
  // From the mean to the result.
  std::vector<NodeDef*> nodes;

  void Include(NodeDef* node) {
    if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(node);
  }
};

bool IsSum(const NodeDef* node) { return IsOp(node, {"Add", "AddV2"}); }

std::string OtherInput(const NodeDef& node, const View& view, const NodeDef* one) {
  return node.input(view.Input(node, 0) == one ? 1 : 0);
}

// The mean over the last axis, which stays as 1.
bool IsMeanOfRows(const View& view, const NodeDef* node) {
  if (!IsOp(node, {"Mean"}) || !IsSet(*node, "keep_dims")) return false;
  const auto axis = view.Integers(node->input(1));
  const auto shape = view.ShapeOfInput(node->input(0));
  if (!axis || axis->size() != 1 || !shape) return false;
  return axis->front() == -1 || axis->front() == static_cast<int64_t>(shape->size()) - 1;
}

// Whether two tensors have the same rows in the same order, and an operation of one with what was made of the rows of the
// other goes row by row: reshapes of one that differ in sizes of 1 in front.
bool HasSameRows(const View& view, const std::string& product, const std::string& reduced) {
  if (product == reduced) return true;
  if (BeforeReshapes(view, product) != BeforeReshapes(view, reduced)) return false;
  const auto a = view.ShapeOfInput(product), b = view.ShapeOfInput(reduced);
  if (!a || !b || a->size() < b->size() || a->back() < 1 || a->back() != b->back()) return false;
  const size_t more = a->size() - b->size();
  if (std::any_of(a->begin(), a->begin() + static_cast<int64_t>(more), [](int64_t size) { return size != 1; })) return false;
  // They hold the same number of floats: when all sizes but one are the same, so is that one.
  int unknown = 0;
  for (size_t i = 0; i < b->size(); ++i) {
    const int64_t left = (*a)[more + i], right = (*b)[i];
    if (left == right && left != -1) continue;
    if ((left >= 0 && right >= 0) || ++unknown > 1) return false;
  }
  return true;
}

// What a Tile repeats along the last axis.
NodeDef* BeforeTile(const View& view, NodeDef* node, Match* match) {
  if (!IsOp(node, {"Tile"})) return node;
  const auto multiples = view.Integers(node->input(1));
  if (!multiples || multiples->empty() || multiples->back() != match->columns) return nullptr;
  if (std::any_of(multiples->begin(), multiples->end() - 1, [](int64_t count) { return count != 1; })) return nullptr;
  match->Include(node);
  return view.Input(*node, 0);
}

// rsqrt(mean((x - mean)^2) + epsilon), backwards.
bool MatchVariance(const View& view, NodeDef* rsqrt, Match* match) {
  match->Include(rsqrt);
  NodeDef* sum = view.Input(*rsqrt, 0);
  if (!IsSum(sum)) return false;
  match->Include(sum);
  const int constant = view.Number(sum->input(1)) ? 1 : 0;
  const auto epsilon = view.Number(sum->input(constant));
  NodeDef* variance = view.Input(*sum, 1 - constant);
  if (!epsilon || variance == nullptr) return false;
  match->epsilon = *epsilon;
  const auto scaled = view.ShapeOfOutput(*rsqrt);
  const NodeDef* tiled = IsOp(variance, {"Tile"}) ? variance : nullptr;
  if (tiled != nullptr) {
    if (!scaled || scaled->empty()) return false;
    match->columns = scaled->back();
    variance = BeforeTile(view, variance, match);
  }
  if (!IsMeanOfRows(view, variance)) return false;
  match->Include(variance);
  NodeDef* square = view.Input(*variance, 0);
  if (IsOp(square, {"SquaredDifference"})) {
    for (const int mean : {0, 1}) {
      NodeDef* node = view.Input(*square, mean);
      if (IsMeanOfRows(view, node) && HasSameRows(view, square->input(1 - mean), node->input(0))) match->mean = node;
    }
  } else if (IsOp(square, {"Square"})) {
    NodeDef* difference = view.Input(*square, 0);
    NodeDef* node = IsOp(difference, {"Sub"}) ? view.Input(*difference, 1) : nullptr;
    if (!IsMeanOfRows(view, node) || !HasSameRows(view, difference->input(0), node->input(0))) return false;
    match->mean = node;
    match->Include(difference);
  }
  if (match->mean == nullptr) return false;
  match->Include(square);
  match->Include(match->mean);
  const auto shape = view.ShapeOfInput(match->mean->input(0));
  if (!shape || shape->back() < 1 || (tiled != nullptr && shape->back() != match->columns)) return false;
  match->columns = shape->back();
  return true;
}

bool IsParameter(const View& view, const std::string& input, const Match& match) {
  return IsRow(view.ShapeOfInput(input), match.columns);
}

// x - mean
bool IsCentred(const View& view, NodeDef* node, Match* match) {
  if (!IsOp(node, {"Sub"}) || view.Input(*node, 1) != match->mean) return false;
  if (!HasSameRows(view, node->input(0), match->mean->input(0))) return false;
  match->x = node->input(0);
  return true;
}

// A sum with beta behind the result.
void MatchBeta(const View& view, NodeDef* result, Match* match) {
  NodeDef* sum = match->beta.empty() ? view.OnlyReader(*result) : nullptr;
  if (!IsSum(sum)) return;
  const std::string beta = OtherInput(*sum, view, result);
  if (!IsParameter(view, beta, *match)) return;
  match->beta = beta;
  match->Include(sum);
}

// (x - mean) * scale + beta
bool MatchCentred(const View& view, NodeDef* scale, Match* match) {
  NodeDef* product = view.OnlyReader(*scale);
  if (!IsOp(product, {"Mul"})) return false;
  NodeDef* centred = view.Node(OtherInput(*product, view, scale));
  if (!IsCentred(view, centred, match)) return false;
  match->Include(centred);
  match->Include(product);
  MatchBeta(view, product, match);
  return true;
}

// A sum taken apart: nodes that only lead to it, and what is added with its sign.
struct Terms {
  std::vector<NodeDef*> sums;
  std::vector<std::pair<std::string, bool>> added;
};

void TakeApart(const View& view, const std::string& input, bool is_negative, const NodeDef* root, Terms* terms) {
  NodeDef* node = view.Node(input);
  const bool inside = node == root || (node != nullptr && view.OnlyReader(*node) != nullptr);
  const bool is_sum = IsSum(node) || IsOp(node, {"AddN", "Sub"});
  if (!inside || !is_sum || terms->added.size() > 4) {
    terms->added.emplace_back(input, is_negative);
    return;
  }
  terms->sums.push_back(node);
  for (int i = 0; i < node->input_size(); ++i) {
    if (node->input(i)[0] == '^') continue;
    TakeApart(view, node->input(i), is_negative != (node->op() == "Sub" && i == 1), root, terms);
  }
}

// The mean, or its negative.
bool IsMean(const View& view, const std::string& input, Match* match, bool* is_negative) {
  NodeDef* node = view.Node(input);
  if (IsOp(node, {"Neg"})) {
    *is_negative = !*is_negative;
    match->Include(node);
    node = view.Input(*node, 0);
  }
  return node == match->mean;
}

// x * scale - mean * scale + beta, in whichever order it is summed.
bool MatchApart(const View& view, NodeDef* scale, Match* match) {
  std::vector<NodeDef*> products = view.Readers(*scale);
  if (products.size() != 2 || !IsOp(products[0], {"Mul"}) || !IsOp(products[1], {"Mul"})) return false;
  // Up from one of them to the sum that has both.
  NodeDef* root = products[0];
  Terms terms;
  for (int step = 0; step < 3; ++step) {
    root = view.OnlyReader(*root);
    if (!IsSum(root) && !IsOp(root, {"AddN", "Sub"})) return false;
    terms = {};
    TakeApart(view, root->name(), false, root, &terms);
    const auto has = [&](const NodeDef* product) {
      return std::any_of(terms.added.begin(), terms.added.end(), [&](const auto& term) { return view.Node(term.first) == product; });
    };
    if (has(products[0]) && has(products[1])) break;
  }
  bool has_x = false, has_mean = false;
  for (const auto& [input, negative] : terms.added) {
    NodeDef* node = view.Node(input);
    if (node != products[0] && node != products[1]) {
      if (negative || !match->beta.empty() || !IsParameter(view, input, *match)) return false;
      match->beta = input;
      continue;
    }
    const std::string other = OtherInput(*node, view, scale);
    bool is_negative = negative;
    if (IsMean(view, other, match, &is_negative)) {
      if (!is_negative || has_mean) return false;
      has_mean = true;
    } else {
      if (negative || has_x || !HasSameRows(view, other, match->mean->input(0))) return false;
      has_x = true;
      match->x = other;
    }
    match->Include(node);
  }
  if (!has_x || !has_mean) return false;
  std::reverse(terms.sums.begin(), terms.sums.end());
  for (NodeDef* sum : terms.sums) match->Include(sum);
  MatchBeta(view, root, match);
  return true;
}

bool MatchResult(const View& view, NodeDef* rsqrt, Match* match) {
  NodeDef* scale = rsqrt;
  NodeDef* product = view.OnlyReader(*rsqrt);
  if (IsOp(product, {"Mul"})) {
    const std::string other = OtherInput(*product, view, rsqrt);
    if (IsParameter(view, other, *match)) {
      match->gamma = other;
      match->Include(product);
      scale = product;
    }
  }
  Match before = *match;
  if (MatchCentred(view, scale, match)) return true;
  *match = before;
  return MatchApart(view, scale, match);
}

// Parameters of a higher rank would raise the result's.
bool FitsRank(const View& view, const std::string& parameter, size_t rank) {
  if (parameter.empty()) return true;
  const auto shape = view.ShapeOfInput(parameter);
  return shape && shape->size() <= rank;
}

}  // namespace

void FuseLayerNorm(View* view) {
  for (NodeDef* rsqrt : view->nodes()) {
    if (!IsOp(rsqrt, {"Rsqrt"}) || !IsFloatOnCpu(*rsqrt)) continue;
    Match match;
    if (!MatchVariance(*view, rsqrt, &match) || !MatchResult(*view, rsqrt, &match)) continue;
    NodeDef* root = match.nodes.back();
    const auto shape = view->ShapeOfInput(match.x);
    if (!shape || !FitsRank(*view, match.gamma, shape->size()) || !FitsRank(*view, match.beta, shape->size())) continue;
    if (!view->CanBeOne(match.nodes)) continue;
    if (match.gamma.empty()) match.gamma = view->AddNumbers(*root, "gamma", 1, match.columns);
    if (match.beta.empty()) match.beta = view->AddNumbers(*root, "beta", 0, match.columns);
    view->Replace(match.nodes, "IngotLayerNorm", {match.x, match.gamma, match.beta});
    (*root->mutable_attr())["epsilon"].set_f(match.epsilon);
    (*root->mutable_attr())["rank"].set_i(static_cast<int64_t>(shape->size()));
  }
}

}  // namespace ingot

#endif
