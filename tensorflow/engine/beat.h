#pragma once

namespace ingot {

// While one of these is there, the system chooses anew twice in a millisecond which thread gets the processor. By itself it does so when a
// thread wakes up, and else at its ticks only, 1 to 10 ms apart (CONFIG_HZ): an answer that was interrupted by a shorter one while work
// waits that gives way may be chosen after that work, and waits until the next tick. For such work on a processor that
// answers need, too; on one of its own it changes nothing. Costs a fiftieth of a processor.
class Beat {
 public:
  Beat();
  ~Beat();
  Beat(const Beat&) = delete;
  Beat& operator=(const Beat&) = delete;
};

// Until the process ends, on a thread that answers promptly.
[[noreturn]] void KeepBeat();

}  // namespace ingot
