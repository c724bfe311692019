#include "beat.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace ingot {
namespace {

constexpr auto kPause = std::chrono::microseconds(500);

std::mutex mutex;
std::condition_variable begun;
int wanted = 0;

}  // namespace

Beat::Beat() {
  std::lock_guard<std::mutex> lock(mutex);
  if (++wanted == 1) begun.notify_one();
}

Beat::~Beat() {
  std::lock_guard<std::mutex> lock(mutex);
  --wanted;
}

// To wake up is all that there is to do. A signal to the thread that works would do it, too, and was tried: generated code of
// oneDNN's (jit_avx512_common_gemm_f32) breaks the heap when a signal interrupts it.
void KeepBeat() {
  for (;;) {
    {
      std::unique_lock<std::mutex> lock(mutex);
      begun.wait(lock, [] { return wanted > 0; });
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace ingot
