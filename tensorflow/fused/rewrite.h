#pragma once

#ifdef __linux__

#include "view.h"

namespace ingot {

// Each makes one node of what it finds of its pattern; what has other readers inside, or is not understood, stays.

// softmax(scale * Q K^T + mask) V, as BatchMatMul or Einsum.
void FuseAttention(View* view);
// (x - mean) * rsqrt(variance + epsilon) * gamma + beta over the last axis, with sums that lead to x.
void FuseLayerNorm(View* view);
// x W + b and an activation, over the reshapes that hide it from TensorFlow's own fusion.
void FuseDense(View* view);
// Lets oneDNN not know that a matrix is constant: it turns it around before each product then, unless there are few rows.
void HideConstants(View* view);

}  // namespace ingot

#endif
