#include "stop.h"

#ifdef __linux__
#include <tensorflow/core/common_runtime/process_state.h>
#include <tensorflow/core/common_runtime/threadpool_device.h>
#include <tensorflow/core/public/session_options.h>
#include <time.h>
#endif

#include <mutex>

namespace ingot {
namespace {

using Clock = std::chrono::steady_clock;

thread_local const Limits* current = nullptr;
bool stops = false;

// The clock is read before each op of a run: a coarse one, five times as quick.
Clock::time_point Now() {
#ifdef CLOCK_MONOTONIC_COARSE
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return Clock::time_point(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
#else
  return Clock::now();
#endif
}

#ifdef __linux__

// TensorFlow's processor, but that it begins no op of a run that is past its limits.
class StoppingDevice : public tensorflow::ThreadPoolDevice {
 public:
  using ThreadPoolDevice::ThreadPoolDevice;

  void Compute(tensorflow::OpKernel* kernel, tensorflow::OpKernelContext* context) override {
    if (Ends(context)) return;
    ThreadPoolDevice::Compute(kernel, context);
  }

  void ComputeAsync(tensorflow::AsyncOpKernel* kernel, tensorflow::OpKernelContext* context,
                    tensorflow::AsyncOpKernel::DoneCallback done) override {
    if (Ends(context)) return done();
    ThreadPoolDevice::ComputeAsync(kernel, context, std::move(done));
  }

 private:
  static bool Ends(tensorflow::OpKernelContext* context) {
    if (current != nullptr) {
      const Failure failure = current->Exceeded();
      if (!failure.ok()) {
        context->SetStatus(absl::Status(static_cast<absl::StatusCode>(failure.code), failure.message));
        return true;
      }
    }
    // What TensorFlow itself cancels: a closed session, and on its own threads what RunOptions.timeout_in_ms is over for.
    if (context->cancellation_manager() == nullptr || !context->cancellation_manager()->IsCancelled()) return false;
    context->SetStatus(absl::CancelledError("the run was given up"));
    return true;
  }
};

// As TensorFlow's own factory makes them (tensorflow/core/common_runtime/threadpool_device_factory.cc).
class StoppingDeviceFactory : public tensorflow::DeviceFactory {
 public:
  absl::Status ListPhysicalDevices(std::vector<std::string>* devices) override {
    devices->push_back("/physical_device:CPU:0");
    return absl::OkStatus();
  }

  absl::Status CreateDevices(const tensorflow::SessionOptions& options, const std::string& prefix,
                             std::vector<std::unique_ptr<tensorflow::Device>>* devices) override {
    const auto& counts = options.config.device_count();
    const auto count = counts.find("CPU");
    const int devices_wanted = count == counts.end() ? 1 : count->second;
    for (int i = 0; i < devices_wanted; ++i) {
      devices->push_back(std::make_unique<StoppingDevice>(
          options, prefix + "/device:CPU:" + std::to_string(i), tensorflow::Bytes(256 << 20),
          tensorflow::DeviceLocality(),
          tensorflow::ProcessState::singleton()->GetCPUAllocator(tensorflow::port::kNUMANoAffinity)));
    }
    return absl::OkStatus();
  }
};

// Above TensorFlow's own (60), below the one that it has beside a GPU (70).
constexpr int kPriority = 65;

void Register() {
  if (tensorflow::DeviceFactory::GetFactory("GPU") != nullptr) return;
  tensorflow::DeviceFactory::Register("CPU", std::make_unique<StoppingDeviceFactory>(), kPriority, false);
  stops = true;
}

#else

void Register() {}

#endif

}  // namespace

Failure Limits::Exceeded() const {
  if (cancelled != nullptr && __atomic_load_n(cancelled, __ATOMIC_RELAXED) != 0) {
    return {TF_CANCELLED, "the run was cancelled"};
  }
  if (HasDeadline() && Now() >= deadline) return {TF_DEADLINE_EXCEEDED, "the run was given up at its deadline"};
  return {};
}

void StopBetweenOps() {
  static std::once_flag once;
  std::call_once(once, Register);
}

bool StopsBetweenOps() { return stops; }

Limited::Limited(const Limits& limits) : before_(current) { current = &limits; }

Limited::~Limited() { current = before_; }

}  // namespace ingot
