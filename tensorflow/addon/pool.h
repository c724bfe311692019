#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "napi.h"

namespace ingot {

// Work that leaves the event loop and comes back to it.
class Task {
 public:
  virtual ~Task() = default;
  // On a thread of the pool; must not touch JavaScript.
  virtual void Execute() = 0;
  // On the event loop while Execute() is under way: nobody wants the result any more.
  virtual void Cancel() {}
  // On the event loop, after Execute(). Not called when the environment ends first.
  virtual void Complete(Napi::Env env) = 0;
};

// Threads for work that blocks, apart from libuv's four, which the file system, DNS and zlib share.
// Threads start when they are needed and there are fewer than the limit. Belongs to one environment (a Node
// thread); all methods are for that thread.
class Pool {
 public:
  Pool(Napi::Env env, size_t limit);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Keeps the event loop alive until the task is complete. After Stop() it drops the task.
  void Submit(std::unique_ptr<Task> task);
  // Drops tasks that have not begun, cancels those that have and waits for them.
  void Stop();

 private:
  static void OnEventLoop(Napi::Env env, Napi::Function, Pool* pool, Task* task);
  using Completions = Napi::TypedThreadSafeFunction<Pool, Task, OnEventLoop>;

  void Work();

  const Napi::Env env_;
  const size_t limit_;
  Completions completions_;
  size_t pending_ = 0;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Task>> queue_;
  std::set<Task*> running_;
  std::vector<std::thread> threads_;
  size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace ingot
