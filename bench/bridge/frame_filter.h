// Which frames the conditions of a link are for; the others pass as if there were no link. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace penstock::bridge {

struct FrameFilter {
  bool takes_all = false;             // otherwise only UDP over IPv4 or IPv6, fragments of it too
  std::size_t larger_than_bytes = 0;  // Ethernet header included

  bool matches(std::span<const std::uint8_t> frame) const;
};

}  // namespace penstock::bridge
