// Which transport a datagram's source address belongs to: an open-addressing table private to one
// worker, changed only by authentic packets. The local half of the 5-tuple is implied: a worker
// has one port, and one address per family. Fixed capacity, keyed hash, no allocation after
// construction, never a scan of transports.
//
// An address may have been validated for two transports: a NAT gives a peer's port to the next one,
// or a peer forges another's address. Then the flow is contested: the last one has it, and the
// table remembers who had it before, so that a packet of theirs can give it back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "dataplane/api/handles.h"
#include "dataplane/base/ip_address.h"

namespace penstock {

class FlowTable {
 public:
  // Room for `flows_max` flows; `seed` keys the hash, so that nobody can choose addresses that
  // collide.
  FlowTable(std::size_t flows_max, std::uint64_t seed);

  // The transport of the flow from `remote`, or the null handle. Called per packet.
  TransportHandle find(const SocketAddress& remote) const;

  // Asks for the memory that find() will read.
  void prefetch(const SocketAddress& remote) const;

  // Adds the flow, or gives it to another transport. False when the table is full.
  bool insert(const SocketAddress& remote, TransportHandle transport);

  // Takes it from `transport`: whoever had it before has it again, or it is removed.
  void erase(const SocketAddress& remote, TransportHandle transport);

  // False almost always, and then nobody had any flow before.
  bool has_contested() const { return contested_ != 0; }
  // Who had the flow before the one that `find` names, or the null handle.
  TransportHandle previous(const SocketAddress& remote) const;

  std::size_t size() const { return size_; }
  // How many entries are looked at in vain before this address is found: for tests.
  std::size_t steps_to(const SocketAddress& remote) const {
    return (locate(remote) - home(remote)) & mask_;
  }

 private:
  struct Entry {
    SocketAddress remote;
    TransportHandle transport;  // null: the entry is empty
  };

  std::size_t home(const SocketAddress& remote) const;
  // The index of the entry of `remote`, or of the empty one that ends its probe sequence.
  std::size_t locate(const SocketAddress& remote) const;

  std::unique_ptr<Entry[]> entries_;
  std::unique_ptr<TransportHandle[]> previous_;  // by index of the entry
  std::size_t contested_ = 0;                    // entries with a previous one
  std::size_t mask_;
  std::size_t flows_max_;
  std::size_t size_ = 0;
  std::array<std::uint64_t, 2> keys_;  // of the hash
};

}  // namespace penstock
