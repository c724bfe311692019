#pragma once

namespace ingot {

// From now on this thread is given a processor sooner than threads that have not asked for that, for less time in one
// piece. Its share stays the same: to lower that of others instead lets one that holds a lock, as on the heap, wait for
// the processor while those wait for it. Without effect where the system does not know of it (Linux before 6.12).
void AnswerPromptly();

}  // namespace ingot
