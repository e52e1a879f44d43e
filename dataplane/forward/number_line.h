// The numbers under which the packets of a source are forwarded: the source's own, closed up where
// a packet was left out, so that no receiver takes it for lost. Left out for everybody are packets
// that hold nothing but padding, of which publishers send thousands to probe the network (state of
// one encoding, on its stream's owner's worker); for one receiver, what it is not to have (state of
// its projection, on its own worker).
//
// Of two packets that are forwarded no two get the same number, whatever their order: only the
// newest packet can be left out, before any packet behind it has a number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/forward/sequence_bits.h"

namespace penstock {

// For packets less than `kPackets` behind the newest one.
template <std::size_t kPackets>
class NumberLine {
 public:
  // `sequence`, newer than any packet before it, is left out: the next one gets its number.
  void leave_out(std::uint64_t sequence) {
    if (left_out_count_ != 0) left_out_.clear(newest_left_out_ + 1, sequence);
    left_out_.set(sequence);
    newest_left_out_ = sequence;
    ++left_out_count_;
  }

  // The number of a packet that is not left out. Called per packet.
  std::uint64_t number_of(std::uint64_t sequence) const {
    if (left_out_count_ == 0) [[likely]]
      return sequence;
    if (sequence > newest_left_out_) return sequence - left_out_count_;
    return sequence - (left_out_count_ - left_out_.count(sequence, newest_left_out_));
  }

  // The way back: the packet that has this number. Empty if it is older than what is known.
  std::optional<std::uint64_t> sequence_of(std::uint64_t number) const {
    if (left_out_count_ == 0) return number;
    const std::uint64_t newest_number = newest_left_out_ - left_out_count_;
    if (number > newest_number) return number + left_out_count_;
    return left_out_.find_without(newest_left_out_, newest_number - number);
  }

  bool is_left_out(std::uint64_t sequence) const {
    return left_out_count_ != 0 && sequence <= newest_left_out_ && left_out_.has(sequence);
  }
  std::uint64_t left_out_count() const { return left_out_count_; }

 private:
  std::uint64_t left_out_count_ = 0;
  std::uint64_t newest_left_out_ = 0;
  SequenceBits<kPackets> left_out_;
};

}  // namespace penstock
