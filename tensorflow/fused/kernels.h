#pragma once

#include <stddef.h>

namespace ingot {

// Attention of one head: softmax(scale * Q K^T + mask) V. Q is [queries, depth], K [keys, depth], V [keys, width], the
// result [queries, width]; rows lie so many floats apart, the floats of a row side by side.
struct Attention {
  size_t queries, keys, depth, width;
  const float* q;
  const float* k;
  const float* v;
  float* out;
  size_t q_row, k_row, v_row, out_row;
  float scale;
  // Added to the scores; null for none. Steps of 0 repeat it.
  const float* mask;
  size_t mask_row, mask_column;
};

// Rows of x [rows, columns], each normalised to mean 0 and variance 1, times gamma, plus beta. The result may be x.
struct LayerNorm {
  size_t rows, columns;
  const float* x;
  const float* gamma;
  const float* beta;
  float epsilon;
  float* out;
};

// The same code, compiled for what several generations of processors have.
struct Kernels {
  const char* name;
  // Floats that Attend() works on besides its arguments.
  size_t (*attention_scratch)(const Attention&);
  void (*attend)(const Attention&, float* scratch);
  void (*layer_norm)(const LayerNorm&);
};

extern const Kernels kBaselineKernels;
#ifdef __x86_64__
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
#endif

// Those for this processor, or what INGOT_KERNELS names of what it can run: "baseline", "avx2" or "avx512".
const Kernels& BestKernels();

}  // namespace ingot
