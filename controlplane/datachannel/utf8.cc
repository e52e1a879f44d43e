#include "controlplane/datachannel/utf8.h"

#include <cstddef>
#include <cstdint>

namespace penstock {
namespace {

// Bytes of the character that begins with this one; 0: none does.
std::size_t length_of(std::uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<std::uint8_t>(text[0]);
    const std::size_t length = length_of(first);
    if (length == 0 || text.size() < length) return false;
    for (std::size_t i = 1; i < length; ++i) {
      if ((static_cast<std::uint8_t>(text[i]) & 0xC0) != 0x80) return false;
    }
    const auto second = length > 1 ? static_cast<std::uint8_t>(text[1]) : std::uint8_t{0};
    if (first == 0xE0 && second < 0xA0) return false;   // overlong
    if (first == 0xED && second >= 0xA0) return false;  // a surrogate
    if (first == 0xF0 && second < 0x90) return false;   // overlong
    if (first == 0xF4 && second >= 0x90) return false;  // beyond the last one
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace penstock
