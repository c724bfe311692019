#ifdef __x86_64__
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512vl,avx512dq,avx2,fma")
#pragma GCC optimize("O3")
#endif

#define INGOT_LANES 16
#define INGOT_KERNELS kAvx512Kernels
#define INGOT_NAME "avx512"
#include "kernels.inc"

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
