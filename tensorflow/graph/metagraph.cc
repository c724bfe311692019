#include "metagraph.h"

#include <cstdint>

namespace ingot {
namespace {

// tensorflow/core/protobuf/meta_graph.proto: map<string, SignatureDef> signature_def = 5
constexpr uint64_t kSignatureDef = 5;

// https://protobuf.dev/programming-guides/encoding/#varints
bool ReadVarint(const char** at, const char* end, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && *at < end; shift += 7) {
    const auto byte = static_cast<unsigned char>(*(*at)++);
    *value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

bool Skip(const char** at, const char* end, uint64_t wire_type) {
  uint64_t size = 0;
  switch (wire_type) {
    case 0:
      return ReadVarint(at, end, &size);
    case 1:
      size = 8;
      break;
    case 2:
      if (!ReadVarint(at, end, &size)) return false;
      break;
    case 5:
      size = 4;
      break;
    default:
      return false;
  }
  if (size > static_cast<uint64_t>(end - *at)) return false;
  *at += size;
  return true;
}

}  // namespace

std::string SignaturesOf(const char* data, size_t bytes) {
  std::string signatures;
  const char* at = data;
  const char* end = data + bytes;
  while (at < end) {
    const char* field = at;
    uint64_t tag = 0;
    if (!ReadVarint(&at, end, &tag) || !Skip(&at, end, tag & 7)) break;
    if (tag >> 3 == kSignatureDef) signatures.append(field, at);
  }
  return signatures;
}

}  // namespace ingot
