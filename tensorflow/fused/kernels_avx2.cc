#ifdef __x86_64__
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#pragma GCC optimize("O3")
#endif

#define INGOT_LANES 8
#define INGOT_KERNELS kAvx2Kernels
#define INGOT_NAME "avx2"
#include "kernels.inc"

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
