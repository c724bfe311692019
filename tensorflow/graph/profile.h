#pragma once

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
  // Ends the recording: a serialized XSpace.
  Failure Collect(std::string* space);

 private:
  struct Recording;
  std::unique_ptr<Recording> recording_;
};

}  // namespace ingot
