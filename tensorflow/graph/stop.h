#pragma once

#include <chrono>
#include <cstdint>

#include "owned.h"

namespace ingot {

// What ends a run before its time.
struct Limits {
  // None when it is the clock's end of time.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  // Becomes other than 0 when nobody wants the result any more.
  const int32_t* cancelled = nullptr;

  bool HasDeadline() const { return deadline != std::chrono::steady_clock::time_point::max(); }
  // Whether the run is past them, and why.
  Failure Exceeded() const;
};

// Makes TensorFlow's processor look at a run's limits before each op; without it, TensorFlow stops between two turns of a
// loop at best. To be called before the first session; what is called after that has no effect.
void StopBetweenOps();

// Whether it does. Not in TensorFlow's GPU build, which has a processor of its own, nor where its C++ cannot be linked.
bool StopsBetweenOps();

// The limits of what runs on this thread, as long as this lives.
class Limited {
 public:
  explicit Limited(const Limits& limits);
  ~Limited();
  Limited(const Limited&) = delete;
  Limited& operator=(const Limited&) = delete;

 private:
  const Limits* const before_;
};

}  // namespace ingot
