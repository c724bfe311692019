#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

// One end of a stream socket on which requests and answers take turns. Both are a head of 16 bytes (a number; the bytes
// of the meta data; the bytes of the tensors' values), the meta data and the values. All numbers are little endian.
class Channel {
 public:
  explicit Channel(int descriptor) : descriptor_(descriptor), buffer_(64 << 10) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  struct Head {
    uint32_t number = 0;
    uint32_t meta_bytes = 0;
    uint64_t data_bytes = 0;
  };
  static_assert(sizeof(Head) == 16);

  // A part of an answer's values, in the memory of whoever holds it until Write returns.
  struct Part {
    const void* data;
    size_t bytes;
  };

  // False when the other end is closed.
  bool Read(void* into, size_t bytes);
  // Reads and throws away.
  bool Skip(uint64_t bytes);
  // Each part begins at a multiple of 8 bytes after the meta data, which is filled up to one, too.
  bool Write(uint32_t number, std::string meta, const std::vector<Part>& parts);

 private:
  const int descriptor_;
  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

// Reads the fields of meta data. After one that is not whole, everything is empty and ok() is false.
class MetaReader {
 public:
  explicit MetaReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T Number() {
    T value{};
    const std::string_view bytes = Take(sizeof(T));
    if (ok_) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
  // A length and so many bytes.
  std::string_view Bytes() { return Take(Number<uint32_t>()); }
  std::string Text() { return std::string(Bytes()); }
  // A count and so many texts.
  std::vector<std::string> Texts();
  bool ok() const { return ok_; }

 private:
  std::string_view Take(size_t bytes);

  std::string_view bytes_;
  bool ok_ = true;
};

class MetaWriter {
 public:
  template <typename T>
  void Number(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(T));
  }
  void Bytes(std::string_view bytes) {
    Number(static_cast<uint32_t>(bytes.size()));
    bytes_.append(bytes);
  }
  std::string Done() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace ingot
