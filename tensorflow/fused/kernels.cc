#include "kernels.h"

#include <cstdlib>
#include <string_view>

namespace ingot {
namespace {

// From the best to what all have.
const Kernels& Choose() {
  const char* named = std::getenv("INGOT_KERNELS");
  const auto may_be = [named](const Kernels& kernels) { return named == nullptr || std::string_view(named) == kernels.name; };
#ifdef __x86_64__
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512dq");
  if (avx512 && may_be(kAvx512Kernels)) return kAvx512Kernels;
  if (avx2 && may_be(kAvx2Kernels)) return kAvx2Kernels;
#else
  static_cast<void>(may_be);
#endif
  return kBaselineKernels;
}

}  // namespace

const Kernels& BestKernels() {
  static const Kernels& best = Choose();
  return best;
}

}  // namespace ingot
