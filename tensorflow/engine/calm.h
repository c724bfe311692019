#pragma once

#include <atomic>
#include <cstdint>

namespace ingot {

// Each time that many runs are followed by few, gives the memory back that was kept for more. Until the process ends. `runs`: how many
// have begun.
[[noreturn]] void ReturnMemoryWhenCalm(const std::atomic<uint64_t>& runs);

}  // namespace ingot
