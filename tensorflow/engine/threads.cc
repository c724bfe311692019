#include "threads.h"

#include "priority.h"

#ifdef __linux__
#include <dlfcn.h>
#include <pthread.h>

#include <condition_variable>
#include <mutex>
#endif

#include <unistd.h>

namespace ingot {

#ifdef __linux__

namespace {

using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);

// The C library's.
Create Creator() {
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  return create;
}

struct Order {
  pthread_t* thread;
  const pthread_attr_t* attributes;
  void* (*start)(void*);
  void* argument;
  int result = 0;
  bool done = false;
};

std::mutex mutex;
std::condition_variable changed;
// The one that is to be made now.
Order* ordered = nullptr;

int HaveMade(Order order) {
  std::unique_lock<std::mutex> lock(mutex);
  changed.wait(lock, [] { return ordered == nullptr; });
  ordered = &order;
  changed.notify_all();
  changed.wait(lock, [&order] { return order.done; });
  return order.result;
}

}  // namespace

void MakeThreadsForOthers() {
  std::unique_lock<std::mutex> lock(mutex);
  for (;;) {
    changed.wait(lock, [] { return ordered != nullptr; });
    ordered->result = Creator()(ordered->thread, ordered->attributes, ordered->start, ordered->argument);
    ordered->done = true;
    ordered = nullptr;
    changed.notify_all();
  }
}

#else

void MakeThreadsForOthers() {
  for (;;) pause();
}

#endif

}  // namespace ingot

#ifdef __linux__

// A program's function stands before a library's of the same name, for the libraries, too
// (https://man7.org/linux/man-pages/man8/ld.so.8.html).
extern "C" __attribute__((visibility("default"))) int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                                                     void* (*start)(void*), void* argument) noexcept {
  if (ingot::GivesWay()) return ingot::HaveMade({thread, attributes, start, argument});
  return ingot::Creator()(thread, attributes, start, argument);
}

#endif
