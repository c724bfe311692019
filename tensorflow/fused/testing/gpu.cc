// A device "GPU:0" for machines that have none: every op of TensorFlow's runs on it as on a processor, by the same code, and
// its memory is the machine's. TensorFlow places, partitions and copies as it does where there is one. Ingot's ops have no
// kernel there. To be preloaded (LD_PRELOAD).

#include <tensorflow/core/common_runtime/device/device_id_manager.h>
#include <tensorflow/core/common_runtime/dma_helper.h>
#include <tensorflow/core/common_runtime/local_device.h>
#include <tensorflow/core/framework/device_factory.h>
#include <tensorflow/core/framework/op_kernel.h>
#include <tensorflow/core/public/session_options.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <set>

namespace {

using tensorflow::DeviceContext;
using tensorflow::OpKernel;
using tensorflow::Tensor;

constexpr char kGpu[] = "GPU";

// Copies between a processor's memory and its own, which are the same.
class Copies : public DeviceContext {
 public:
  void CopyCPUTensorToDevice(const Tensor* from, tensorflow::Device*, Tensor* to, tensorflow::StatusCallback done,
                             bool) const override {
    Copy(*from, to, done);
  }
  void CopyTensorInSameDevice(const Tensor* from, tensorflow::Device*, Tensor* to,
                              tensorflow::StatusCallback done) const override {
    Copy(*from, to, done);
  }
  void CopyDeviceTensorToCPU(const Tensor* from, absl::string_view, tensorflow::Device*, Tensor* to,
                             tensorflow::StatusCallback done) override {
    Copy(*from, to, done);
  }

 private:
  static void Copy(const Tensor& from, Tensor* to, const tensorflow::StatusCallback& done) {
    std::memcpy(tensorflow::DMAHelper::base(to), tensorflow::DMAHelper::base(&from), from.TotalBytes());
    done(absl::OkStatus());
  }
};

class Gpu : public tensorflow::LocalDevice {
 public:
  Gpu(const tensorflow::SessionOptions& options, const std::string& name)
      : LocalDevice(options, BuildDeviceAttributes(name, kGpu, tensorflow::Bytes(1 << 30), {})) {}
  ~Gpu() override { copies_->Unref(); }

  tensorflow::Allocator* GetAllocator(tensorflow::AllocatorAttributes) override { return tensorflow::cpu_allocator(); }
  absl::Status Sync() override { return absl::OkStatus(); }
  absl::Status TryGetDeviceContext(DeviceContext** context) override {
    copies_->Ref();
    *context = copies_;
    return absl::OkStatus();
  }
  absl::Status MakeTensorFromProto(const tensorflow::TensorProto& proto, const tensorflow::AllocatorAttributes,
                                   Tensor* tensor) override {
    return tensor->FromProto(proto) ? absl::OkStatus() : absl::InvalidArgumentError("not a tensor");
  }

 private:
  DeviceContext* const copies_ = new Copies;
};

OpKernel* OnProcessor(tensorflow::OpKernelConstruction* context) {
  std::shared_ptr<const tensorflow::NodeProperties> node;
  OpKernel* kernel = nullptr;
  absl::Status status = tensorflow::NodeProperties::CreateFromNodeDef(context->def(), tensorflow::OpRegistry::Global(), &node);
  if (status.ok()) {
    status = tensorflow::CreateOpKernel(tensorflow::DEVICE_CPU, context->device(), tensorflow::cpu_allocator(),
                                        context->function_library(), context->resource_manager(), node,
                                        context->graph_def_version(), &kernel);
  }
  if (!status.ok()) context->SetStatus(status);
  return kernel;
}

using Constraints = std::set<std::string>;

Constraints ConstraintsOf(const tensorflow::KernelDef& kernel) {
  Constraints all;
  for (const auto& constraint : kernel.constraint()) all.insert(constraint.SerializeAsString());
  return all;
}

bool Includes(const Constraints& all, const Constraints& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

void RegisterKernels() {
  const tensorflow::KernelList all = tensorflow::GetAllRegisteredKernels();
  // Some ops have kernels for a GPU or for all devices, which know what stays in the processor's memory.
  std::multimap<std::string, Constraints> there;
  for (const tensorflow::KernelDef& kernel : all.kernel()) {
    const bool is_there = kernel.device_type() == kGpu || kernel.device_type() == tensorflow::DEVICE_DEFAULT;
    if (is_there) there.emplace(kernel.op(), ConstraintsOf(kernel));
  }
  for (const tensorflow::KernelDef& kernel : all.kernel()) {
    if (kernel.device_type() != tensorflow::DEVICE_CPU || !kernel.label().empty() || kernel.op().rfind("Ingot", 0) == 0) continue;
    const Constraints wanted = ConstraintsOf(kernel);
    const auto [begin, end] = there.equal_range(kernel.op());
    if (std::any_of(begin, end, [&](const auto& one) { return Includes(one.second, wanted) || Includes(wanted, one.second); })) {
      continue;
    }
    auto own = std::make_unique<tensorflow::KernelDef>(kernel);
    own->set_device_type(kGpu);
    tensorflow::kernel_factory::OpKernelRegistrar(own.release(), "OnProcessor", OnProcessor);
  }
}

class Factory : public tensorflow::DeviceFactory {
 public:
  absl::Status ListPhysicalDevices(std::vector<std::string>* devices) override {
    devices->push_back("/physical_device:GPU:0");
    return absl::OkStatus();
  }
  absl::Status CreateDevices(const tensorflow::SessionOptions& options, const std::string& prefix,
                             std::vector<std::unique_ptr<tensorflow::Device>>* devices) override {
    const auto count = options.config.device_count().find(kGpu);
    if (count != options.config.device_count().end() && count->second == 0) return absl::OkStatus();
    static std::once_flag once;
    std::call_once(once, RegisterKernels);
    // Grappler takes devices for unknown, and places nothing on them, whose number has no card.
    const auto known = tensorflow::DeviceIdManager::InsertTfPlatformDeviceIdPair(tensorflow::DeviceType(kGpu), tsl::TfDeviceId(0),
                                                                                 tsl::PlatformDeviceId(0));
    if (!known.ok()) return known;
    devices->push_back(std::make_unique<Gpu>(options, prefix + "/device:GPU:0"));
    return absl::OkStatus();
  }
};

const bool kRegistered = [] {
  tensorflow::DeviceFactory::Register(kGpu, std::make_unique<Factory>(), 210, false);
  return true;
}();

}  // namespace
