// What every cipher benchmark works on: 64 keys and 256 targets, as fan-out has them, and a text of
// the benchmark's length.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/base/prng.h"

namespace penstock::bench {

inline constexpr std::size_t kKeys = 64;
inline constexpr std::size_t kTargets = 256;
inline constexpr std::size_t kHeaderBytes = 20;  // RTP with a MID

struct KeyedPackets {
  using Target = std::array<std::uint8_t, 2'048>;

  explicit KeyedPackets(std::size_t text_bytes) : text(text_bytes) {
    Prng prng(1);
    for (auto& key : keys) {
      for (auto& byte : key) byte = static_cast<std::uint8_t>(prng.next_u32());
    }
    for (auto& byte : text) byte = static_cast<std::uint8_t>(prng.next_u32());
    for (auto& byte : header) byte = static_cast<std::uint8_t>(prng.next_u32());
    header[0] = 0x90;  // version 2, with an extension of one word
    header[12] = 0xBE;
    header[13] = 0xDE;
    header[14] = 0;
    header[15] = 1;
    for (auto& target : targets) std::copy(header.begin(), header.end(), target.begin());
  }

  std::array<std::array<std::uint8_t, 32>, kKeys> keys;
  std::array<std::uint8_t, kHeaderBytes> header;
  std::vector<std::uint8_t> text;
  std::vector<Target> targets = std::vector<Target>(kTargets);
};

}  // namespace penstock::bench
