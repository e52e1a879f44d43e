// Sends the media of all publishers: what is due of several streams is protected as one batch, and
// each publisher's part goes out with one system call (sendmmsg). One thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bench/load/publisher.h"
#include "dataplane/base/prng.h"

namespace penstock::load {

struct SendTotals {
  std::uint64_t packets = 0;
  std::uint64_t bursts = 0;
  std::uint64_t late_bursts = 0;     // by more than kLateAfter
  std::uint64_t unsent_packets = 0;  // the kernel did not take them
};

inline constexpr Duration kLateAfter = 5 * kMillisecond;

class MediaSender {
 public:
  MediaSender(SrtpEngine& srtp, SourceTable& sources);

  // Its media begins; at another moment for each stream, within one frame.
  void start(Publisher& publisher, Timestamp now);
  // kNever if nothing is to be sent.
  Timestamp next_at() const { return due_.empty() ? kNever : due_.front().at; }
  // Sends a batch of what is due; false if there was nothing.
  bool send_due(Timestamp now);

  const SendTotals& totals() const { return totals_; }

 private:
  static constexpr std::size_t kBatch = 64;
  static constexpr std::size_t kPacketBytes = 1'600;

  struct Due {
    Timestamp at = 0;
    Publisher* publisher = nullptr;
    std::size_t stream = 0;
    bool operator>(const Due& other) const { return at > other.at; }
  };

  std::uint32_t rtp_timestamp(const SentStream& stream) const;
  void add_burst(const Due& due, Timestamp now);
  void add_packet(Publisher& publisher, SentStream& stream, const Burst& burst, std::size_t i);
  std::span<std::uint8_t> write_payload(const SentStream& stream, const Burst& burst,
                                        std::size_t i);
  std::size_t write_header(Publisher& publisher, const SentStream& stream, bool marker);
  void send_batch();

  SrtpEngine& srtp_;
  SourceTable& sources_;
  Timestamp began_at_;  // wall clock
  Prng prng_{2};
  std::vector<Due> due_;  // a heap, the earliest in front
  SendTotals totals_;

  Timestamp wall_ = 0;  // of the batch
  std::size_t count_ = 0;
  std::array<ProtectJob, kBatch> jobs_{};
  std::array<Publisher*, kBatch> senders_{};
  std::array<iovec, kBatch> vectors_{};
  std::array<mmsghdr, kBatch> messages_{};
  std::vector<std::uint8_t> plain_;
  std::vector<std::uint8_t> packets_;
};

}  // namespace penstock::load
