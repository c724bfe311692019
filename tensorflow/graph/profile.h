#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "owned.h"

namespace ingot {

// A recording of what TensorFlow does in this process, by every session in it. There is one at a time.
class Profile {
 public:
  Profile();
  ~Profile();
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  // `options` are serialized ProfileOptions. Fails when another one is recording.
  Failure Begin(const std::string& options);
  // The span of time from here to the next call, on this thread, has a name in the recording; none when it is empty. Both
  // calls come from one thread. `name` is as TensorFlow's TraceMeEncode makes it: NAME#KEY=VALUE,KEY=VALUE#.
  void Mark(const std::string& name);
  // Ends the recording: a serialized XSpace.
  Failure Collect(std::string* space);

 private:
  struct Recording;
  std::unique_ptr<Recording> recording_;
  int64_t span_ = 0;
};

}  // namespace ingot
