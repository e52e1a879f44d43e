// What a publisher has sent of late, to send it again when it is asked for (NACK, RFC 4585). A
// value.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace penstock::test {

class SentPackets {
 public:
  struct Packet {
    std::vector<std::uint8_t> payload;
    std::uint32_t timestamp = 0;
    bool marker = false;
  };

  // `sequence`: extended. The oldest is forgotten when there are more than browsers keep.
  void keep(std::uint64_t sequence, Packet packet) {
    packets_[static_cast<std::uint16_t>(sequence)] = std::move(packet);
    packets_.erase(static_cast<std::uint16_t>(sequence - kPacketsMax));
  }

  // Null if it is not there.
  const Packet* find(std::uint16_t sequence_number) const {
    const auto found = packets_.find(sequence_number);
    return found == packets_.end() ? nullptr : &found->second;
  }

 private:
  static constexpr std::uint64_t kPacketsMax = 600;

  std::map<std::uint16_t, Packet> packets_;
};

}  // namespace penstock::test
