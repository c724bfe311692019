#include <algorithm>
#include <thread>

#include "../fused/optimizer.h"
#include "environment.h"
#include "profiler.h"
#include "session.h"
#include "status.h"
#include "step.h"
#include "tensor.h"

namespace ingot {
namespace {

Napi::Value Version(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), TF_Version()); }

// (config) => [{name, type, memoryBytes}]
Napi::Value ListDevices(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto config = info[0].As<Napi::Uint8Array>();
  const std::string bytes(reinterpret_cast<const char*>(config.Data()), config.ByteLength());
  Graph graph;
  const Failure failure = graph.LoadGraphDef("", 0, bytes);
  if (!failure.ok()) throw ToError(env, failure);
  Status status;
  TF_DeviceList* list = TF_SessionListDevices(graph.session(), status.get());
  if (!status.ok()) throw ToError(env, status.failure());
  const int count = TF_DeviceListCount(list);
  Napi::Array devices = Napi::Array::New(env, static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    Napi::Object device = Napi::Object::New(env);
    device.Set("name", TF_DeviceListName(list, i, status.get()));
    device.Set("type", TF_DeviceListType(list, i, status.get()));
    device.Set("memoryBytes", static_cast<double>(TF_DeviceListMemoryBytes(list, i, status.get())));
    devices.Set(static_cast<uint32_t>(i), device);
  }
  TF_DeleteDeviceList(list);
  return devices;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  KeepFreedMemory();
  StopBetweenOps();
  RegisterFusion();
  auto* environment = new Environment;
  env.SetInstanceData(environment);
  // More runs at once than cores, so that short ones need not wait for long ones.
  const size_t threads = std::max<size_t>(8, 2 * std::thread::hardware_concurrency());
  environment->pool = std::make_shared<Pool>(env, threads);
  env.AddCleanupHook([pool = environment->pool] { pool->Stop(); });

  const Napi::Function native_tensor = NativeTensor::Define(env);
  const Napi::Function session = Session::Define(env);
  const Napi::Function step = Step::Define(env);
  environment->native_tensor = Napi::Persistent(native_tensor);
  environment->session = Napi::Persistent(session);
  environment->step = Napi::Persistent(step);

  exports.Set("NativeTensor", native_tensor);
  exports.Set("Profiler", Profiler::Define(env));
  exports.Set("version", Napi::Function::New<Version>(env));
  exports.Set("listDevices", Napi::Function::New<ListDevices>(env));
  exports.Set("loadSavedModel", Napi::Function::New<Session::LoadSavedModel>(env));
  exports.Set("loadGraphDef", Napi::Function::New<Session::LoadGraphDef>(env));
  exports.Set("loadGraphDefSync", Napi::Function::New<Session::LoadGraphDefSync>(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(ingot, Init)

}  // namespace ingot
