// The ICE credentials of one transport (RFC 8445 section 5.3), as fixed-size values, because they
// cross the seam in a command. Secret: never logged. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "dataplane/base/limits.h"

namespace penstock {

// Up to kCapacity characters, kept by value.
template <std::size_t kCapacity>
class FixedText {
 public:
  static_assert(kCapacity <= 255);

  static constexpr std::size_t capacity() { return kCapacity; }

  // Takes a copy; false (and no change) if `text` is too long.
  [[nodiscard]] bool assign(std::string_view text) {
    if (text.size() > kCapacity) return false;
    characters_ = {};
    if (!text.empty()) std::memcpy(characters_.data(), text.data(), text.size());
    size_ = static_cast<std::uint8_t>(text.size());
    return true;
  }
  std::string_view view() const { return {characters_.data(), size_}; }
  bool empty() const { return size_ == 0; }

  // The unused tail is always zero, so equality of members is equality of text.
  bool operator==(const FixedText&) const = default;

 private:
  std::array<char, kCapacity> characters_{};
  std::uint8_t size_ = 0;
};

struct IceCredentials {
  FixedText<kIceUfragBytesMax> local_ufrag;
  FixedText<kIcePwdBytesMax> local_pwd;
  // Empty until the peer's description is known; until then any is accepted (RFC 8445 section 7.3:
  // checks may arrive before the answer).
  FixedText<kIceUfragBytesMax> remote_ufrag;

  bool operator==(const IceCredentials&) const = default;
};

static_assert(std::is_trivially_copyable_v<IceCredentials>);
static_assert(sizeof(IceCredentials) == 33 + 65 + 33);

}  // namespace penstock
