#include "channel.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ingot {
namespace {

// What one writev takes at most, on every system.
constexpr size_t kPieces = 64;
constexpr char kPadding[8] = {};

size_t PaddingOf(size_t bytes) { return (8 - bytes % 8) % 8; }

bool WriteAll(int descriptor, iovec* pieces, size_t count) {
  while (count > 0) {
    ssize_t written = writev(descriptor, pieces, static_cast<int>(std::min(count, kPieces)));
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    for (; count > 0 && static_cast<size_t>(written) >= pieces->iov_len; ++pieces, --count) {
      written -= static_cast<ssize_t>(pieces->iov_len);
    }
    if (count > 0) {
      pieces->iov_base = static_cast<char*>(pieces->iov_base) + written;
      pieces->iov_len -= static_cast<size_t>(written);
    }
  }
  return true;
}

}  // namespace

bool Channel::Read(void* into, size_t bytes) {
  auto* to = static_cast<char*>(into);
  const size_t there = std::min(bytes, end_ - begin_);
  std::memcpy(to, buffer_.data() + begin_, there);
  begin_ += there;
  to += there;
  bytes -= there;
  while (bytes > 0) {
    // What is large goes straight to where it belongs; what is small comes with what follows it, in one read.
    const bool large = bytes >= buffer_.size();
    const ssize_t got = large ? read(descriptor_, to, bytes) : read(descriptor_, buffer_.data(), buffer_.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    if (large) {
      to += got;
      bytes -= static_cast<size_t>(got);
      continue;
    }
    end_ = static_cast<size_t>(got);
    begin_ = std::min(bytes, end_);
    std::memcpy(to, buffer_.data(), begin_);
    to += begin_;
    bytes -= begin_;
  }
  return true;
}

bool Channel::Skip(uint64_t bytes) {
  char thrown_away[4096];
  for (; bytes > 0; bytes -= std::min<uint64_t>(bytes, sizeof(thrown_away))) {
    if (!Read(thrown_away, static_cast<size_t>(std::min<uint64_t>(bytes, sizeof(thrown_away))))) return false;
  }
  return true;
}

bool Channel::Write(uint32_t number, std::string meta, const std::vector<Part>& parts) {
  meta.resize(meta.size() + PaddingOf(meta.size()));
  Head head{number, static_cast<uint32_t>(meta.size()), 0};
  std::vector<iovec> pieces{{&head, sizeof(head)}, {meta.data(), meta.size()}};
  for (const Part& part : parts) {
    const size_t padding = PaddingOf(part.bytes);
    if (part.bytes > 0) pieces.push_back({const_cast<void*>(part.data), part.bytes});
    if (padding > 0) pieces.push_back({const_cast<char*>(kPadding), padding});
    head.data_bytes += part.bytes + padding;
  }
  return WriteAll(descriptor_, pieces.data(), pieces.size());
}

std::vector<std::string> MetaReader::Texts() {
  std::vector<std::string> texts;
  for (uint32_t left = Number<uint32_t>(); left > 0 && ok_; --left) texts.push_back(Text());
  return texts;
}

std::string_view MetaReader::Take(size_t bytes) {
  if (bytes > bytes_.size()) {
    ok_ = false;
    bytes_ = {};
    return {};
  }
  const std::string_view taken = bytes_.substr(0, bytes);
  bytes_.remove_prefix(bytes);
  return taken;
}

}  // namespace ingot
