#include "priority.h"

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#endif

namespace ingot {
namespace {

thread_local bool gives_way = false;

}  // namespace

#if defined(SYS_sched_getattr) && defined(SYS_sched_setattr)

namespace {

// https://man7.org/linux/man-pages/man2/sched_setattr.2.html; the C library has had it only lately.
struct Scheduling {
  uint32_t size = sizeof(Scheduling);
  uint32_t policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0;
  uint64_t deadline = 0;
  uint64_t period = 0;
};

// For threads that share processors: the longest piece of time, in ns. The usual one is about 3 ms.
constexpr uint64_t kPiece = 200'000;
// Each step takes a fifth of the share.
constexpr int32_t kSteps = 5;
constexpr int32_t kMostNice = 19;

template <typename Change>
void Reschedule(const Change& change) {
  Scheduling scheduling;
  if (syscall(SYS_sched_getattr, 0, &scheduling, sizeof(scheduling), 0) != 0) return;
  change(&scheduling);
  syscall(SYS_sched_setattr, 0, &scheduling, 0);
}

}  // namespace

void AnswerPromptly() {
  Reschedule([](Scheduling* scheduling) { scheduling->runtime = kPiece; });
}

void GiveWay() {
  gives_way = true;
  Reschedule([](Scheduling* scheduling) { scheduling->nice = std::min(kMostNice, scheduling->nice + kSteps); });
}

#else

void AnswerPromptly() {}

void GiveWay() { gives_way = true; }

#endif

bool GivesWay() { return gives_way; }

}  // namespace ingot
