#include "pool.h"

namespace ingot {

Pool::Pool(Napi::Env env, size_t limit) : env_(env), limit_(limit) {
  completions_ = Completions::New(env, "ingot", 0, 1, this);
  completions_.Unref(env);
}

Pool::~Pool() { Stop(); }

void Pool::Submit(std::unique_ptr<Task> task) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (stopping_) return;
  if (pending_++ == 0) completions_.Ref(env_);
  queue_.push_back(std::move(task));
  if (idle_ < queue_.size() && threads_.size() < limit_) {
    threads_.emplace_back([this] { Work(); });
  } else {
    wake_.notify_one();
  }
}

void Pool::Stop() {
  std::deque<std::unique_ptr<Task>> dropped;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    dropped.swap(queue_);
    for (Task* task : running_) task->Cancel();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  completions_.Abort();
}

void Pool::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (stopping_) return;
    std::unique_ptr<Task> task = std::move(queue_.front());
    queue_.pop_front();
    running_.insert(task.get());
    lock.unlock();
    task->Execute();
    lock.lock();
    running_.erase(task.get());
    lock.unlock();
    // Refused only when the environment ends; the task is then freed with the process.
    Task* done = task.release();
    completions_.NonBlockingCall(done);
    lock.lock();
  }
}

void Pool::OnEventLoop(Napi::Env env, Napi::Function, Pool* pool, Task* task) {
  // No environment: it is ending, and references of the task must not be touched any more.
  if (env == nullptr) return;
  std::unique_ptr<Task> owned(task);
  if (--pool->pending_ == 0) pool->completions_.Unref(env);
  owned->Complete(env);
}

}  // namespace ingot
