// Bounds-checked writing of network-order bytes into a caller's buffer. After the first write that
// does not fit the writer is dead: nothing further is written and `ok()` stays false. A value on
// the stack of its user; it borrows the buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "dataplane/base/endian.h"

namespace penstock {

class ByteWriter {
 public:
  explicit ByteWriter(std::span<std::uint8_t> buffer) : buffer_(buffer) {}

  bool ok() const { return ok_; }
  // Bytes written so far (what fitted, when dead).
  std::size_t size() const { return position_; }
  std::size_t remaining() const { return ok_ ? buffer_.size() - position_ : 0; }
  std::span<std::uint8_t> written() const { return buffer_.first(position_); }

  void write_u8(std::uint8_t value) {
    if (take(1)) buffer_[position_ - 1] = value;
  }
  void write_u16(std::uint16_t value) {
    if (take(2)) store_be16(&buffer_[position_ - 2], value);
  }
  void write_u24(std::uint32_t value) {
    if (take(3)) store_be24(&buffer_[position_ - 3], value);
  }
  void write_u32(std::uint32_t value) {
    if (take(4)) store_be32(&buffer_[position_ - 4], value);
  }
  void write_u64(std::uint64_t value) {
    if (take(8)) store_be64(&buffer_[position_ - 8], value);
  }
  void write_bytes(std::span<const std::uint8_t> bytes) {
    if (bytes.empty()) return;
    if (take(bytes.size()))
      std::memcpy(&buffer_[position_ - bytes.size()], bytes.data(), bytes.size());
  }
  void write_zeros(std::size_t count) {
    if (count != 0 && take(count)) std::memset(&buffer_[position_ - count], 0, count);
  }

  // Overwrites 16 bits already written, for lengths known only at the end.
  void patch_u16(std::size_t at, std::uint16_t value) {
    if (ok_ && at + 2 <= position_) store_be16(&buffer_[at], value);
  }

 private:
  bool take(std::size_t count) {
    if (!ok_ || count > buffer_.size() - position_) {
      ok_ = false;
      return false;
    }
    position_ += count;
    return true;
  }

  std::span<std::uint8_t> buffer_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace penstock
