#pragma GCC optimize("O3")

// What every processor of its kind has: SSE2, or NEON.
#define INGOT_LANES 4
#define INGOT_KERNELS kBaselineKernels
#define INGOT_NAME "baseline"
#include "kernels.inc"
