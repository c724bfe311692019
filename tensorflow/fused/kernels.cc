#include "kernels.h"

namespace ingot {

const Kernels& BestKernels() {
#ifdef __x86_64__
  static const Kernels& best = [&]() -> const Kernels& {
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
      return kAvx512Kernels;
    }
    return avx2 ? kAvx2Kernels : kBaselineKernels;
  }();
  return best;
#else
  return kBaselineKernels;
#endif
}

}  // namespace ingot
