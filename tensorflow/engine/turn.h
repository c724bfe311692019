#pragma once

#include <cstdint>
#include <mutex>

namespace ingot {

// What a channel is at, which may be given up over another channel. Both ends count the channel's requests from 1, so that one
// that is given up before it has come here, or after it was answered, is known as what it is.
class Turn {
 public:
  // The channel's next request begins. Other than 0 from the moment when nobody wants its answer any more; until the next one.
  const int32_t* Begin() {
    std::lock_guard<std::mutex> lock(mutex_);
    ++number_;
    __atomic_store_n(&given_up_, number_ == unwanted_ ? 1 : 0, __ATOMIC_RELAXED);
    return &given_up_;
  }

  void GiveUp(uint32_t number) {
    std::lock_guard<std::mutex> lock(mutex_);
    unwanted_ = number;
    if (number == number_) __atomic_store_n(&given_up_, 1, __ATOMIC_RELAXED);
  }

 private:
  std::mutex mutex_;
  uint32_t number_ = 0;
  uint32_t unwanted_ = 0;
  int32_t given_up_ = 0;
};

}  // namespace ingot
