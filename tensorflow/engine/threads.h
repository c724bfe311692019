#pragma once

namespace ingot {

// A thread is born with the share of the one that makes it. TensorFlow makes its pools, which answers use, while it loads the first
// model. So from a thread that gives way, pthread_create only orders a thread, and this one makes it. Never returns; to be called by a
// thread that has the usual share. Until then, those that order wait.
[[noreturn]] void MakeThreadsForOthers();

}  // namespace ingot
