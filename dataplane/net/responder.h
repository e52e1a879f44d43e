// What a data port answers itself, there being no kernel behind it: ARP requests, neighbour
// solicitations, multicast listener queries and pings for its own addresses; and what it sends of
// its own accord at start: probes and announcements of its addresses, and reports of its groups;
// and requests for the gateway's MAC. One per port, owned and used by one worker alone.
//
// Replies go to the MAC a packet came from, and to others through the gateway; neighbours are asked
// for only where a request says that media goes there (neighbor_table.h).
// The gateway's MAC is learned only from an answer to a pending request of ours. It is confirmed
// from time to time, and when a frame names another one for the gateway's address; as long as the
// known MAC answers no other is accepted, so no flood can evict or flip it. A gateway that was
// replaced, and says so or asks for our MAC, is known after at most 2 s.
// RFC 826, 5227, 792, 4443, 4861.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"
#include "dataplane/base/token_bucket.h"
#include "dataplane/net/address_claim.h"
#include "dataplane/net/address_conflict.h"
#include "dataplane/net/arp.h"
#include "dataplane/net/interface_address.h"
#include "dataplane/net/mld.h"
#include "dataplane/net/ndp.h"
#include "dataplane/net/neighbor_table.h"
#include "dataplane/net/udp_parser.h"

namespace penstock {

inline constexpr Duration kGatewayRetryInterval = kSecond;  // RFC 4861 RETRANS_TIMER
// While the known MAC is asked: an established call waits for it.
inline constexpr Duration kGatewayConfirmRetryInterval = kSecond / 2;
inline constexpr Duration kGatewayConfirmInterval = 30 * kSecond;  // RFC 4861 REACHABLE_TIME
// Unanswered requests after which the known MAC is given up and any answer is accepted, as for NUD
// (RFC 4861 MAX_UNICAST_SOLICIT). Until then frames go on being sent to the known one.
inline constexpr int kGatewayConfirmationsMax = 3;
// What others say of the gateway's MAC has it confirmed, this long after the last time.
inline constexpr Duration kGatewayDoubtInterval = kSecond;
// The largest frame `poll` writes.
inline constexpr std::size_t kPollFrameBytesMax = std::max(kNeighborFrameBytes, kMldFrameBytesMax);

struct LinkReply {
  DropReason drop = DropReason::kNone;
  std::size_t bytes = 0;  // of the frame to send; zero: nothing to send
};

class LinkResponder {
 public:
  // Probes are due at once, with the first `poll`; announcements, and requests for the gateway's
  // MAC, from which neighbours learn, once nobody has answered them.
  explicit LinkResponder(const InterfaceAddresses& addresses);

  // Takes a frame that `parse_frame` gave to it, with its verdict. Writes the answer, if there is
  // one, to `reply`, which must not overlap the frame; no answer is larger than the request or
  // kNeighborFrameBytes, whichever is more. A pong that does not fit is not sent (kPacketTooLarge).
  // Both `drop` kNone and no bytes: the frame was taken in, such as the gateway's answer.
  LinkReply respond(std::span<const std::uint8_t> frame, const FrameVerdict& verdict, Timestamp now,
                    std::span<std::uint8_t> reply);

  // Writes the next frame that the port owes of its own accord to `frame` (at least
  // kPollFrameBytesMax) and returns its size; zero when nothing is due. Call until zero.
  std::size_t poll(Timestamp now, std::span<std::uint8_t> frame);
  // When `poll` has work next; kNever if never.
  Timestamp next_poll() const;

  // The gateway's MAC once it answered; empty before, and without a gateway.
  std::optional<MacAddress> ipv4_gateway_mac() const { return ipv4_gateway_.mac; }
  std::optional<MacAddress> ipv6_gateway_mac() const { return ipv6_gateway_.mac; }

  // Hosts of our link that have to be found.
  NeighborTable& neighbors() { return neighbors_; }

  const AddressConflict& conflict(OwnAddress which) const {
    return conflicts_[static_cast<std::size_t>(which)];
  }

 private:
  struct Gateway {
    int unanswered = 0;  // requests since the last answer; none pending at zero
    Timestamp due = kNever;
    std::optional<MacAddress> mac;

    // True while the known MAC is asked whether it still is the gateway's.
    bool is_confirming() const { return mac.has_value() && unanswered <= kGatewayConfirmationsMax; }
    // Takes an answer; false if it was not asked for, or not of the one that was asked.
    bool take_answer(const MacAddress& from, Timestamp now);
    // A frame names this MAC for the gateway's address: if it is not the known one, that is asked.
    void doubt(const MacAddress& claimed, Timestamp now);
    void count_request(Timestamp now);
  };

  LinkReply respond_to_arp(std::span<const std::uint8_t> packet, Timestamp now,
                           std::span<std::uint8_t> reply);
  LinkReply respond_to_icmp(std::span<const std::uint8_t> message, const FrameVerdict& verdict,
                            Timestamp now, std::span<std::uint8_t> reply);
  LinkReply respond_to_icmpv6(std::span<const std::uint8_t> message, const FrameVerdict& verdict,
                              Timestamp now, std::span<std::uint8_t> reply);
  LinkReply respond_to_icmpv6_echo(std::span<const std::uint8_t> message,
                                   const FrameVerdict& verdict, Timestamp now,
                                   std::span<std::uint8_t> reply);
  LinkReply respond_to_neighbor(std::span<const std::uint8_t> message, const FrameVerdict& verdict,
                                Timestamp now, std::span<std::uint8_t> reply);
  LinkReply advertise(const NeighborMessage& solicitation, const FrameVerdict& verdict,
                      Timestamp now, std::span<std::uint8_t> reply);
  void contest(std::size_t which, const MacAddress& claimant, Timestamp now);
  const IpAddress& address(std::size_t which) const;
  Timestamp gateway_due(const Gateway& gateway, std::size_t which) const;
  std::size_t write_probe(std::size_t which, std::span<std::uint8_t> frame) const;
  std::size_t write_announcement(std::size_t which, std::span<std::uint8_t> frame) const;
  std::size_t write_arp_request(const IpAddress& target, const MacAddress& destination,
                                std::span<std::uint8_t> frame) const;
  std::size_t write_solicitation(const IpAddress& target, std::span<std::uint8_t> frame) const;
  std::size_t write_neighbor_request(Timestamp now, std::span<std::uint8_t> frame);

  InterfaceAddresses addresses_;
  IpAddress link_local_;
  TokenBucket echo_bucket_{kEchoRepliesPerSecondMax, kEchoRepliesPerSecondMax};
  TokenBucket neighbor_bucket_{kNeighborRepliesPerSecondMax, kNeighborRepliesPerSecondMax};
  std::array<AddressClaim, kOwnAddresses> claims_;
  std::array<AddressConflict, kOwnAddresses> conflicts_;
  MulticastListener listener_;
  Gateway ipv4_gateway_;
  Gateway ipv6_gateway_;
  NeighborTable neighbors_;
};

}  // namespace penstock
