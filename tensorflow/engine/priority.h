#pragma once

namespace ingot {

// Which threads go first where they share processors (https://man7.org/linux/man-pages/man7/sched.7.html). What the system does not
// know of, or forbids, has no effect.

// From now on this thread is given a processor sooner than threads that have not asked for that, for less time in one
// piece. Its share stays the same. Linux since 6.12.
void AnswerPromptly();

// From now on this thread has a third of the share of others, so that what nobody waits for still ends where others always want the
// processor. For good: only the system's owner may raise a share again. Threads that it makes have the usual share, see threads.h.
void GiveWay();

// Whether this thread does.
bool GivesWay();

}  // namespace ingot
