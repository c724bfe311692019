#include "calm.h"

#include <chrono>
#include <thread>

#include "../graph/graph.h"

namespace ingot {
namespace {

constexpr auto kPause = std::chrono::seconds(5);
// In one pause. Below it, memory may be taken from the system anew without anybody noticing.
constexpr uint64_t kMany = 100;

}  // namespace

void ReturnMemoryWhenCalm(const std::atomic<uint64_t>& runs) {
  bool busy = false;
  for (uint64_t before = 0;;) {
    std::this_thread::sleep_for(kPause);
    const uint64_t now = runs.load(std::memory_order_relaxed);
    const bool was_busy = busy;
    busy = now - before >= kMany;
    before = now;
    if (was_busy && !busy) ReturnFreedMemory();
  }
}

}  // namespace ingot
