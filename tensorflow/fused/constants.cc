#include "rewrite.h"

#ifdef __linux__

#include <algorithm>

namespace ingot {
namespace {

using tensorflow::NodeDef;

// Whether a node multiplies with what another one gives, as the matrix on the right, on the same processor.
bool MultipliesWith(const View& view, const NodeDef& reader, const NodeDef& matrix) {
  return IsOp(&reader, {"MatMul", "_FusedMatMul"}) && IsFloatOnCpu(reader) && reader.device() == matrix.device() &&
         view.Input(reader, 1) == &matrix && view.Input(reader, 0) != &matrix;
}

}  // namespace

void HideConstants(View* view) {
  for (const NodeDef& product : view->graph().node()) {
    NodeDef* matrix = IsOp(&product, {"MatMul", "_FusedMatMul"}) ? view->Input(product, 1) : nullptr;
    if (!IsOp(matrix, {"Const"})) continue;
    const std::vector<NodeDef*> readers = view->Readers(*matrix);
    const auto multiplies = [&](const NodeDef* reader) { return MultipliesWith(*view, *reader, *matrix); };
    if (std::all_of(readers.begin(), readers.end(), multiplies)) view->Rename(matrix, "IngotConstant");
  }
}

}  // namespace ingot

#endif
