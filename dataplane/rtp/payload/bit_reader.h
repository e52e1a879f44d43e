// Bounds-checked reading of bits, most significant first, as codecs' headers have them. After the
// first read past the end the reader is dead: it returns zero, and `ok()` stays false. A value on
// the stack of its user; it borrows the bytes. Internal to this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace penstock {

class BitReader {
 public:
  explicit BitReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  // In bits, from the beginning.
  std::size_t position() const { return position_; }

  // `count`: at most 32.
  std::uint32_t read(unsigned count) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < count; ++i) value = (value << 1) | read_bit();
    return value;
  }
  bool read_flag() { return read_bit() != 0; }
  void skip(unsigned count) {
    for (unsigned i = 0; i < count; ++i) read_bit();
  }

  // ue(v) of H.264 (section 9.1), and uvlc() of AV1 (section 4.10.3), which are the same below
  // 2^32.
  std::uint32_t read_exp_golomb() {
    unsigned zeros = 0;
    while (ok_ && read_bit() == 0) {
      if (++zeros > 31) ok_ = false;
    }
    return ok_ ? (1U << zeros) - 1 + read(zeros) : 0;
  }

 private:
  std::uint32_t read_bit() {
    if (position_ / 8 >= bytes_.size()) ok_ = false;
    if (!ok_) return 0;
    const std::uint32_t bit = (bytes_[position_ / 8] >> (7 - position_ % 8)) & 1U;
    ++position_;
    return bit;
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace penstock
