#include "tensor.h"

#include <cstdlib>
#include <cstring>

#include "../graph/host_values.h"
#include "environment.h"

namespace ingot {
namespace {

// Up to this size a copy costs less than what avoids it: holding an array, or making an external ArrayBuffer.
constexpr size_t kSmall = 16 << 10;

// From this size on the system takes its time to take memory back: a hundred megabytes cost the event loop 10 ms.
constexpr size_t kSlowToFree = 1 << 20;

[[noreturn]] void Refuse(Napi::Env env, std::string message) {
  throw ToError(env, {TF_INVALID_ARGUMENT, std::move(message)});
}

std::string Text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ",") + std::to_string(shape[i]);
  return text + "]";
}

std::vector<int64_t> TakeShape(Napi::Env env, napi_value value) {
  uint32_t rank = 0;
  if (napi_get_array_length(env, value, &rank) != napi_ok) Refuse(env, "the shape of a tensor must be an array");
  std::vector<int64_t> shape(rank);
  for (uint32_t i = 0; i < rank; ++i) {
    napi_value element;
    double size = -1;
    napi_get_element(env, value, i, &element);
    if (napi_get_value_double(env, element, &size) != napi_ok || size < 0 || size > 9007199254740991.0 ||
        size != static_cast<double>(static_cast<int64_t>(size))) {
      Refuse(env, "size " + std::to_string(i) + " of a tensor's shape is not a whole number of 0 or more");
    }
    shape[i] = static_cast<int64_t>(size);
  }
  return shape;
}

size_t Elements(Napi::Env env, const std::vector<int64_t>& shape) {
  size_t elements = 1;
  for (int64_t size : shape) {
    if (__builtin_mul_overflow(elements, static_cast<size_t>(size), &elements)) {
      Refuse(env, "the shape " + Text(shape) + " has more elements than memory can have");
    }
  }
  return elements;
}

struct Bytes {
  const void* data = nullptr;
  size_t size = 0;
  napi_typedarray_type type = napi_uint8_array;
};

bool TakeBytes(Napi::Env env, napi_value value, Bytes* bytes) {
  bool typed = false;
  if (napi_is_typedarray(env, value, &typed) != napi_ok || !typed) return false;
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, value, &bytes->type, &length, &data, nullptr, nullptr) != napi_ok) return false;
  static constexpr size_t kSizes[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
  bytes->data = data;
  bytes->size = length * kSizes[bytes->type];
  return true;
}

// The typed array that holds a dtype; a Uint8Array may hold the bytes of any.
napi_typedarray_type ArrayOf(TF_DataType dtype) {
  switch (dtype) {
    case TF_FLOAT:
    case TF_COMPLEX64:
      return napi_float32_array;
    case TF_DOUBLE:
    case TF_COMPLEX128:
      return napi_float64_array;
    case TF_INT32:
      return napi_int32_array;
    case TF_INT16:
      return napi_int16_array;
    case TF_INT8:
      return napi_int8_array;
    case TF_INT64:
      return napi_bigint64_array;
    case TF_BFLOAT16:
    case TF_UINT16:
    case TF_HALF:
      return napi_uint16_array;
    case TF_UINT32:
      return napi_uint32_array;
    case TF_UINT64:
      return napi_biguint64_array;
    default:
      return napi_uint8_array;
  }
}

void FreeStrings(void* data, size_t bytes, void*) {
  auto* strings = static_cast<TF_TString*>(data);
  for (size_t i = 0; i < bytes / sizeof(TF_TString); ++i) TF_StringDealloc(&strings[i]);
  std::free(data);
}

TensorPtr MakeStrings(Napi::Env env, const std::vector<int64_t>& shape, napi_value values) {
  const size_t elements = Elements(env, shape);
  uint32_t length = 0;
  if (napi_get_array_length(env, values, &length) != napi_ok) {
    Refuse(env, "the data of a string tensor must be an array of Uint8Array");
  }
  if (length != elements) {
    Refuse(env, "a string tensor of shape " + Text(shape) + " needs " + std::to_string(elements) + " elements, not " +
                    std::to_string(length));
  }
  auto* strings = static_cast<TF_TString*>(std::calloc(elements == 0 ? 1 : elements, sizeof(TF_TString)));
  // Owned from here on, so that a bad element in the middle frees those before it. Zeros are empty strings.
  TensorPtr tensor = Own(TF_NewTensor(TF_STRING, shape.data(), static_cast<int>(shape.size()), strings,
                                      elements * sizeof(TF_TString), FreeStrings, nullptr));
  for (uint32_t i = 0; i < length; ++i) {
    napi_value element;
    Bytes bytes;
    napi_get_element(env, values, i, &element);
    if (!TakeBytes(env, element, &bytes)) {
      Refuse(env, "element " + std::to_string(i) + " of a string tensor is not a Uint8Array");
    }
    TF_StringInit(&strings[i]);
    TF_StringCopy(&strings[i], static_cast<const char*>(bytes.data), bytes.size);
  }
  return tensor;
}

TensorPtr Copy(TF_DataType dtype, const std::vector<int64_t>& shape, const void* data, size_t bytes) {
  TF_Tensor* tensor = TF_AllocateTensor(dtype, shape.data(), static_cast<int>(shape.size()), bytes);
  if (tensor != nullptr && bytes > 0) std::memcpy(TF_TensorData(tensor), data, bytes);
  return Own(tensor);
}

Napi::ArrayBuffer CopyToArrayBuffer(Napi::Env env, const void* data, size_t bytes) {
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, bytes);
  if (bytes > 0) std::memcpy(buffer.Data(), data, bytes);
  return buffer;
}

// Frees a tensor off the event loop.
class FreeTask : public Task {
 public:
  explicit FreeTask(TensorPtr tensor) : tensor_(std::move(tensor)) {}
  void Execute() override { tensor_.reset(); }
  void Complete(Napi::Env) override {}

 private:
  TensorPtr tensor_;
};

// What JavaScript holds of a tensor whose memory it has.
struct Held {
  TensorPtr tensor;
  // Outlives the environment, whose end frees what is left.
  std::shared_ptr<Pool> pool;

  static void Free(Napi::Env, void*, Held* held) {
    const std::unique_ptr<Held> owned(held);
    if (TF_TensorByteSize(owned->tensor.get()) >= kSlowToFree) {
      owned->pool->Submit(std::make_unique<FreeTask>(std::move(owned->tensor)));
    }
  }
};

Napi::Value StringsToHost(Napi::Env env, TF_Tensor* tensor) {
  const auto* strings = static_cast<const TF_TString*>(TF_TensorData(tensor));
  const size_t count = static_cast<size_t>(TF_TensorElementCount(tensor));
  Napi::ArrayBuffer offsets = Napi::ArrayBuffer::New(env, (count + 1) * sizeof(double));
  auto* ends = static_cast<double*>(offsets.Data());
  size_t total = 0;
  ends[0] = 0;
  for (size_t i = 0; i < count; ++i) {
    total += TF_StringGetSize(&strings[i]);
    ends[i + 1] = static_cast<double>(total);
  }
  Napi::ArrayBuffer bytes = Napi::ArrayBuffer::New(env, total);
  auto* to = static_cast<char*>(bytes.Data());
  for (size_t i = 0; i < count; ++i) {
    const size_t size = TF_StringGetSize(&strings[i]);
    if (size > 0) std::memcpy(to, TF_StringGetDataPointer(&strings[i]), size);
    to += size;
  }
  Napi::Array both = Napi::Array::New(env, 2);
  both.Set(0u, bytes);
  both.Set(1u, offsets);
  return both;
}

Napi::Array ShapeToHost(Napi::Env env, TF_Tensor* tensor) {
  const int rank = TF_NumDims(tensor);
  Napi::Array shape = Napi::Array::New(env, static_cast<size_t>(rank));
  for (int i = 0; i < rank; ++i) shape.Set(static_cast<uint32_t>(i), static_cast<double>(TF_Dim(tensor, i)));
  return shape;
}

}  // namespace

Feed Feed::Take(Napi::Env env, napi_value dtype, napi_value shape, napi_value data) {
  Feed feed;
  int32_t number = 0;
  napi_get_value_int32(env, dtype, &number);
  if (number == 0) {
    feed.made_ = NativeTensor::Unwrap(Napi::Object(env, data))->Use(env);
    return feed;
  }
  feed.dtype_ = static_cast<TF_DataType>(number);
  feed.shape_ = TakeShape(env, shape);
  if (feed.dtype_ == TF_STRING) {
    feed.made_ = MakeStrings(env, feed.shape_, data);
    return feed;
  }
  Bytes bytes;
  if (!TakeBytes(env, data, &bytes)) Refuse(env, "the data of a tensor must be a typed array");
  if (bytes.type != ArrayOf(feed.dtype_) && bytes.type != napi_uint8_array) {
    Refuse(env, "the data of a tensor is a typed array of another dtype than the tensor's");
  }
  const size_t width = TF_DataTypeSize(feed.dtype_);
  const size_t elements = Elements(env, feed.shape_);
  size_t expected = 0;
  if (__builtin_mul_overflow(elements, width, &expected) || expected != bytes.size) {
    Refuse(env, "a tensor of shape " + Text(feed.shape_) + " has " + std::to_string(elements) + " elements of " +
                    std::to_string(width) + " bytes, but its data has " + std::to_string(bytes.size) + " bytes");
  }
  if (bytes.size <= kSmall) {
    feed.made_ = Copy(feed.dtype_, feed.shape_, bytes.data, bytes.size);
  } else {
    feed.data_ = bytes.data;
    feed.bytes_ = bytes.size;
    feed.held_ = Napi::Persistent(Napi::Object(env, data));
  }
  return feed;
}

TensorPtr Feed::Make() {
  return made_ == nullptr ? Copy(dtype_, shape_, data_, bytes_) : std::move(made_);
}

void Fetched::Detach() {
  TF_Tensor* tensor = tensor_.get();
  const TF_DataType dtype = TF_TensorType(tensor);
  const size_t bytes = TF_TensorByteSize(tensor);
  if (dtype == TF_STRING || !HasHostValues(dtype) || bytes <= kSmall) return;
  // An output can be a variable's or a constant's own memory: JavaScript gets that only when nobody else has it.
  if (TF_TensorMaybeMove(tensor) != nullptr) return;
  std::vector<int64_t> shape(static_cast<size_t>(TF_NumDims(tensor)));
  for (size_t i = 0; i < shape.size(); ++i) shape[i] = TF_Dim(tensor, static_cast<int>(i));
  tensor_ = Copy(dtype, shape, TF_TensorData(tensor), bytes);
}

void Fetched::Give(Napi::Env env, Napi::Array results, uint32_t* next) {
  TF_Tensor* tensor = tensor_.get();
  const TF_DataType dtype = TF_TensorType(tensor);
  if (!HasHostValues(dtype)) {
    throw ToError(env, {TF_UNIMPLEMENTED, "a result has dtype " + std::to_string(dtype) + " (a handle or quantized), which has no values "
                                          "outside TensorFlow; fetch a tensor computed from it"});
  }
  results.Set((*next)++, static_cast<double>(dtype));
  results.Set((*next)++, ShapeToHost(env, tensor));
  const size_t bytes = TF_TensorByteSize(tensor);
  if (dtype == TF_STRING) {
    results.Set((*next)++, StringsToHost(env, tensor));
  } else if (bytes <= kSmall) {
    results.Set((*next)++, CopyToArrayBuffer(env, TF_TensorData(tensor), bytes));
  } else {
    auto* held = new Held{tensor_, Environment::Of(env).pool};
    results.Set((*next)++, Napi::ArrayBuffer::New(env, TF_TensorData(tensor), bytes, Held::Free, held));
  }
}

void Fetched::Keep(Napi::Env env, Napi::Array results, uint32_t* next) {
  results.Set((*next)++, 0.0);
  results.Set((*next)++, env.Null());
  results.Set((*next)++, NativeTensor::Wrap(env, tensor_));
}

Napi::Function NativeTensor::Define(Napi::Env env) {
  return DefineClass(env, "NativeTensor",
                     {InstanceAccessor<&NativeTensor::Dtype>("dtype"), InstanceAccessor<&NativeTensor::Shape>("shape"),
                      InstanceAccessor<&NativeTensor::ByteLength>("byteLength"),
                      InstanceMethod<&NativeTensor::ToHost>("toHost"),
                      InstanceMethod<&NativeTensor::Dispose>("dispose")});
}

Napi::Object NativeTensor::Wrap(Napi::Env env, TensorPtr tensor) {
  return Environment::Of(env).native_tensor.New({Napi::External<TensorPtr>::New(env, &tensor)});
}

// From inside: a tensor. From JavaScript: dtype, shape and data of a tensor to copy.
NativeTensor::NativeTensor(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeTensor>(info) {
  Napi::Env env = info.Env();
  if (info.Length() == 1 && info[0].IsExternal()) {
    tensor_ = *info[0].As<Napi::External<TensorPtr>>().Data();
  } else {
    tensor_ = Feed::Take(env, info[0], info[1], info[2]).Make();
  }
  if (tensor_ == nullptr) throw ToError(env, {TF_RESOURCE_EXHAUSTED, "there is no memory for a tensor"});
  Napi::MemoryManagement::AdjustExternalMemory(env, static_cast<int64_t>(TF_TensorByteSize(tensor_.get())));
}

NativeTensor::~NativeTensor() { Release(Env()); }

void NativeTensor::Release(Napi::Env env) {
  if (tensor_ == nullptr) return;
  Napi::MemoryManagement::AdjustExternalMemory(env, -static_cast<int64_t>(TF_TensorByteSize(tensor_.get())));
  tensor_.reset();
}

const TensorPtr& NativeTensor::Use(Napi::Env env) const {
  if (tensor_ == nullptr) throw ToError(env, {TF_FAILED_PRECONDITION, "the tensor was disposed of"});
  return tensor_;
}

Napi::Value NativeTensor::Dtype(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), TF_TensorType(Use(info.Env()).get()));
}

Napi::Value NativeTensor::Shape(const Napi::CallbackInfo& info) {
  return ShapeToHost(info.Env(), Use(info.Env()).get());
}

Napi::Value NativeTensor::ByteLength(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(TF_TensorByteSize(Use(info.Env()).get())));
}

Napi::Value NativeTensor::ToHost(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  TF_Tensor* tensor = Use(env).get();
  if (TF_TensorType(tensor) == TF_STRING) return StringsToHost(env, tensor);
  return CopyToArrayBuffer(env, TF_TensorData(tensor), TF_TensorByteSize(tensor));
}

void NativeTensor::Dispose(const Napi::CallbackInfo& info) { Release(info.Env()); }

}  // namespace ingot
