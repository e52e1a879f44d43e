// Bounds-checked reading of network-order bytes. After the first read past the end the reader is
// dead: every further read returns zero and `ok()` stays false, so a parser checks once, at its
// end. A value on the stack of its user; it borrows the bytes and never copies them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/endian.h"

namespace penstock {

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  // False once any read went past the end.
  bool ok() const { return ok_; }
  std::size_t remaining() const { return ok_ ? bytes_.size() - position_ : 0; }
  std::size_t position() const { return position_; }

  std::uint8_t read_u8() { return take(1) ? bytes_[position_ - 1] : std::uint8_t{0}; }
  std::uint16_t read_u16() {
    return take(2) ? load_be16(&bytes_[position_ - 2]) : std::uint16_t{0};
  }
  std::uint32_t read_u24() { return take(3) ? load_be24(&bytes_[position_ - 3]) : 0; }
  std::uint32_t read_u32() { return take(4) ? load_be32(&bytes_[position_ - 4]) : 0; }
  std::uint64_t read_u64() { return take(8) ? load_be64(&bytes_[position_ - 8]) : 0; }

  // Returns the next `count` bytes, or an empty span (and a dead reader) if there are fewer.
  std::span<const std::uint8_t> read_bytes(std::size_t count) {
    return take(count) ? bytes_.subspan(position_ - count, count) : std::span<const std::uint8_t>{};
  }
  void skip(std::size_t count) { take(count); }

  // All that has not been read; empty when dead.
  std::span<const std::uint8_t> rest() const {
    return ok_ ? bytes_.subspan(position_) : std::span<const std::uint8_t>{};
  }

 private:
  bool take(std::size_t count) {
    if (!ok_ || count > bytes_.size() - position_) {
      ok_ = false;
      return false;
    }
    position_ += count;
    return true;
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace penstock
