// A host of the simulated link that knows no WebRTC: it answers ARP, keeps the datagrams that come,
// and sends what it is told to. What RTP forwarders are tested with. Owned by the Simulation; its
// link has neither loss nor delay.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/net/interface_address.h"
#include "dataplane/net/responder.h"

namespace penstock::sim {

class PlainHost {
 public:
  struct Datagram {
    SocketAddress from;
    std::uint16_t port = 0;  // of ours, that it came to
    std::vector<std::uint8_t> bytes;
    Timestamp at = 0;
  };

  explicit PlainHost(const InterfaceAddresses& addresses)
      : addresses_(addresses), responder_(addresses) {}

  const IpAddress& ip() const { return addresses_.ipv4.address; }
  const MacAddress& mac() const { return addresses_.mac; }

  // A frame that the server has sent, to this host or to all. Returns the frame that answers it.
  std::optional<std::vector<std::uint8_t>> take(std::span<const std::uint8_t> frame, Timestamp now);

  std::vector<Datagram> received;
  bool is_silent = false;  // it does not answer ARP

 private:
  InterfaceAddresses addresses_;
  LinkResponder responder_;
};

}  // namespace penstock::sim
