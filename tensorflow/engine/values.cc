#include "values.h"

#include <cstdlib>

#include "../graph/host_values.h"

namespace ingot {
namespace {

struct Described {
  TF_DataType dtype = TF_FLOAT;
  std::vector<int64_t> shape;
  uint64_t bytes = 0;
};

Described Describe(MetaReader* meta) {
  Described tensor;
  tensor.dtype = static_cast<TF_DataType>(meta->Number<int32_t>());
  const auto rank = meta->Number<uint32_t>();
  tensor.bytes = meta->Number<uint64_t>();
  for (uint32_t i = 0; i < rank && meta->ok(); ++i) tensor.shape.push_back(meta->Number<int64_t>());
  return tensor;
}

// -1 for a shape that no memory can have.
int64_t Elements(const std::vector<int64_t>& shape) {
  int64_t elements = 1;
  for (int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(elements, size, &elements)) return -1;
  }
  return elements;
}

void FreeStrings(void* data, size_t bytes, void*) {
  auto* strings = static_cast<TF_TString*>(data);
  for (size_t i = 0; i < bytes / sizeof(TF_TString); ++i) TF_StringDealloc(&strings[i]);
  std::free(data);
}

// Null when `bytes` are not so many strings.
TensorPtr MakeStrings(const Described& described, const std::string& bytes) {
  const auto count = static_cast<size_t>(Elements(described.shape));
  if (bytes.size() / sizeof(uint32_t) < count) return nullptr;
  std::vector<uint32_t> lengths(count);
  std::memcpy(lengths.data(), bytes.data(), count * sizeof(uint32_t));
  uint64_t needed = count * sizeof(uint32_t);
  for (uint32_t length : lengths) needed += length;
  if (needed != bytes.size()) return nullptr;
  auto* strings = static_cast<TF_TString*>(std::calloc(count == 0 ? 1 : count, sizeof(TF_TString)));
  const char* at = bytes.data() + count * sizeof(uint32_t);
  for (size_t i = 0; i < count; ++i) {
    TF_StringInit(&strings[i]);
    TF_StringCopy(&strings[i], at, lengths[i]);
    at += lengths[i];
  }
  return Own(TF_NewTensor(TF_STRING, described.shape.data(), static_cast<int>(described.shape.size()), strings,
                          count * sizeof(TF_TString), FreeStrings, nullptr));
}

std::string StringBytes(TF_Tensor* tensor) {
  const auto* strings = static_cast<const TF_TString*>(TF_TensorData(tensor));
  const auto count = static_cast<size_t>(TF_TensorElementCount(tensor));
  std::string bytes;
  for (size_t i = 0; i < count; ++i) {
    const auto length = static_cast<uint32_t>(TF_StringGetSize(&strings[i]));
    bytes.append(reinterpret_cast<const char*>(&length), sizeof(length));
  }
  for (size_t i = 0; i < count; ++i) bytes.append(TF_StringGetDataPointer(&strings[i]), TF_StringGetSize(&strings[i]));
  return bytes;
}

}  // namespace

bool ReadTensors(Channel* channel, MetaReader* meta, uint64_t data_bytes, std::vector<TensorPtr>* tensors,
                 Failure* failure) {
  std::vector<Described> described;
  uint64_t total = 0;
  const auto count = meta->Number<uint32_t>();
  for (uint32_t i = 0; i < count && meta->ok(); ++i) {
    described.push_back(Describe(meta));
    total += described.back().bytes;
  }
  if (!meta->ok() || total != data_bytes) *failure = {TF_INTERNAL, "the engine was sent a broken request"};
  uint64_t left = data_bytes;
  for (const Described& tensor : described) {
    if (!failure->ok()) break;
    const int64_t elements = Elements(tensor.shape);
    left -= tensor.bytes;
    if (tensor.dtype == TF_STRING) {
      std::string bytes(tensor.bytes, '\0');
      if (!channel->Read(bytes.data(), bytes.size())) return false;
      tensors->push_back(elements < 0 ? nullptr : MakeStrings(tensor, bytes));
      if (tensors->back() == nullptr) *failure = {TF_INVALID_ARGUMENT, "a string tensor has another size than its shape"};
      continue;
    }
    const size_t width = HasHostValues(tensor.dtype) ? TF_DataTypeSize(tensor.dtype) : 0;
    if (elements < 0 || width == 0 || tensor.bytes / width != static_cast<uint64_t>(elements) || tensor.bytes % width != 0) {
      *failure = {TF_INVALID_ARGUMENT, "a tensor has " + std::to_string(tensor.bytes) + " bytes, which its shape and dtype do not"};
    } else {
      tensors->push_back(Own(TF_AllocateTensor(tensor.dtype, tensor.shape.data(), static_cast<int>(tensor.shape.size()),
                                               tensor.bytes)));
      if (tensors->back() == nullptr) *failure = {TF_RESOURCE_EXHAUSTED, "there is no memory for an input"};
    }
    if (!failure->ok()) {
      left += tensor.bytes;
    } else if (!channel->Read(TF_TensorData(tensors->back().get()), tensor.bytes)) {
      return false;
    }
  }
  return channel->Skip(left);
}

Failure DescribeTensors(const std::vector<TensorPtr>& tensors, MetaWriter* meta, std::vector<std::string>* strings,
                        std::vector<Channel::Part>* parts) {
  meta->Number(static_cast<uint32_t>(tensors.size()));
  strings->reserve(tensors.size());
  for (const TensorPtr& tensor : tensors) {
    const TF_DataType dtype = TF_TensorType(tensor.get());
    if (!HasHostValues(dtype)) {
      return {TF_UNIMPLEMENTED, "a result has dtype " + std::to_string(dtype) +
                                    " (a handle or quantized), which has no values outside TensorFlow; fetch a tensor computed from it"};
    }
    Channel::Part part{TF_TensorData(tensor.get()), TF_TensorByteSize(tensor.get())};
    if (dtype == TF_STRING) {
      strings->push_back(StringBytes(tensor.get()));
      part = {strings->back().data(), strings->back().size()};
    }
    const int rank = TF_NumDims(tensor.get());
    meta->Number(static_cast<int32_t>(dtype));
    meta->Number(static_cast<uint32_t>(rank));
    meta->Number(static_cast<uint64_t>(part.bytes));
    for (int i = 0; i < rank; ++i) meta->Number(static_cast<int64_t>(TF_Dim(tensor.get(), i)));
    parts->push_back(part);
  }
  return {};
}

}  // namespace ingot
