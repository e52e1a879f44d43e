// How much of what an association was given to send has not gone out: usrsctp does not say, so its
// packets are counted. Owned by an SctpAssociation.
//
// A message that usrsctp gives up before it was sent (RFC 3758) makes it too much; reset() when
// usrsctp holds nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace penstock {

class UnsentBytes {
 public:
  void add(std::size_t bytes) { bytes_ += bytes; }
  // It was not taken.
  void remove(std::size_t bytes) { bytes_ -= bytes < bytes_ ? bytes : bytes_; }
  // A packet goes out: what is in it for the first time has been sent.
  void take_packet(std::span<const std::uint8_t> packet);
  void reset() { bytes_ = 0; }
  bool empty() const { return bytes_ == 0; }

 private:
  std::size_t bytes_ = 0;
  std::optional<std::uint32_t> highest_tsn_;
};

}  // namespace penstock
