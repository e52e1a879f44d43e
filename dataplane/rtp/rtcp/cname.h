// Our canonical names (RFC 3550 section 6.5.1, RFC 7022 section 4.2): a random number each, and its
// text, which SDES and SDP have alike. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace penstock {

class CnameText {
 public:
  explicit constexpr CnameText(std::uint64_t cname) {
    for (std::size_t i = digits_.size(); i > 0; --i, cname >>= 4)
      digits_[i - 1] = "0123456789abcdef"[cname & 0xF];
  }
  constexpr std::string_view view() const { return {digits_.data(), digits_.size()}; }

 private:
  std::array<char, 16> digits_{};
};

}  // namespace penstock
