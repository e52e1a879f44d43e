// A number that tells runs of bytes apart; the same in every run of one program.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace penstock::test {

inline std::uint64_t digest_of(std::span<const std::uint8_t> bytes) {
  const auto* chars = reinterpret_cast<const char*>(bytes.data());
  return std::hash<std::string_view>{}({chars, bytes.size()});
}

}  // namespace penstock::test
