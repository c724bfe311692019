#include "profile.h"

#ifdef __linux__
#include <tsl/profiler/lib/profiler_session.h>
#include <tsl/profiler/lib/traceme.h>
#include <tsl/profiler/protobuf/profiler_options.pb.h>
#include <tsl/profiler/protobuf/xplane.pb.h>
#endif

namespace ingot {

// TensorFlow's C API has no profiler; its C++ is there for the linker on Linux alone.
#ifdef __linux__

namespace {

Failure FailureOf(const absl::Status& status) {
  return {static_cast<TF_Code>(status.code()), std::string(status.message())};
}

}  // namespace

struct Profile::Recording {
  std::unique_ptr<tsl::ProfilerSession> session;
};

Failure Profile::Begin(const std::string& bytes) {
  tensorflow::ProfileOptions options = tsl::ProfilerSession::DefaultOptions();
  if (!options.MergeFromString(bytes)) return {TF_INVALID_ARGUMENT, "The options are no ProfileOptions"};
  auto session = tsl::ProfilerSession::Create(options);
  Failure failure = FailureOf(session->Status());
  if (failure.ok()) recording_ = std::make_unique<Recording>(Recording{std::move(session)});
  return failure;
}

void Profile::Mark(const std::string& name) {
  using tsl::profiler::TraceMe;
  if (span_ != 0) TraceMe::ActivityEnd(span_);
  span_ = name.empty() ? 0 : TraceMe::ActivityStart(name);
}

Failure Profile::Collect(std::string* bytes) {
  if (recording_ == nullptr) return {TF_FAILED_PRECONDITION, "The profile was collected already"};
  tensorflow::profiler::XSpace space;
  Failure failure = FailureOf(recording_->session->CollectData(&space));
  recording_.reset();
  if (failure.ok() && !space.SerializeToString(bytes)) failure = {TF_INTERNAL, "The profile is too large"};
  return failure;
}

#else

struct Profile::Recording {};

Failure Profile::Begin(const std::string&) {
  return {TF_UNIMPLEMENTED, "TensorFlow can be profiled from here on Linux alone"};
}

void Profile::Mark(const std::string&) {}

Failure Profile::Collect(std::string*) { return {TF_FAILED_PRECONDITION, "The profile was collected already"}; }

#endif

Profile::Profile() = default;
Profile::~Profile() = default;

}  // namespace ingot
