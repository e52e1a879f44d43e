#include "dataplane/forward/flow_table.h"

#include <bit>
#include <cstring>

#include "dataplane/base/prefetch.h"

namespace penstock {
namespace {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Keys with bits everywhere, whatever the seed: multiplying by a small number mixes nothing.
constexpr std::uint64_t kFirstOdd = 0x9E3779B97F4A7C15ULL;
constexpr std::uint64_t kSecondOdd = 0xD1B54A32D192ED03ULL;

}  // namespace

FlowTable::FlowTable(std::size_t flows_max, std::uint64_t seed)
    : mask_(std::bit_ceil(flows_max * 2 + 1) - 1),
      flows_max_(flows_max),
      keys_{mix(seed ^ kFirstOdd, kSecondOdd), mix(seed ^ kSecondOdd, kFirstOdd) | 1} {
  entries_ = std::make_unique<Entry[]>(mask_ + 1);
  previous_ = std::make_unique<TransportHandle[]>(mask_ + 1);
}

std::size_t FlowTable::home(const SocketAddress& remote) const {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::memcpy(&low, &remote.ip.bytes[0], 8);
  std::memcpy(&high, &remote.ip.bytes[8], 8);
  const std::uint64_t first = mix(low ^ keys_[0], high ^ kFirstOdd);
  return static_cast<std::size_t>(mix(first ^ remote.port, keys_[1])) & mask_;
}

std::size_t FlowTable::locate(const SocketAddress& remote) const {
  std::size_t index = home(remote);
  while (!entries_[index].transport.is_null() && entries_[index].remote != remote) {
    index = (index + 1) & mask_;
  }
  return index;
}

TransportHandle FlowTable::find(const SocketAddress& remote) const {
  return entries_[locate(remote)].transport;
}

void FlowTable::prefetch(const SocketAddress& remote) const {
  penstock::prefetch(&entries_[home(remote)], sizeof(Entry));
}

bool FlowTable::insert(const SocketAddress& remote, TransportHandle transport) {
  const std::size_t index = locate(remote);
  const TransportHandle owner = entries_[index].transport;
  if (owner.is_null()) {
    if (size_ == flows_max_) return false;
    ++size_;
  } else if (owner != transport) {
    if (previous_[index].is_null()) ++contested_;
    previous_[index] = owner;
  }
  entries_[index] = {remote, transport};
  return true;
}

TransportHandle FlowTable::previous(const SocketAddress& remote) const {
  return contested_ == 0 ? TransportHandle{} : previous_[locate(remote)];
}

void FlowTable::erase(const SocketAddress& remote, TransportHandle transport) {
  std::size_t hole = locate(remote);
  Entry& entry = entries_[hole];
  if (!previous_[hole].is_null() &&
      (entry.transport == transport || previous_[hole] == transport)) {
    if (entry.transport == transport) entry.transport = previous_[hole];
    previous_[hole] = {};
    --contested_;
    return;
  }
  if (entry.transport.is_null() || entry.transport != transport) return;
  --size_;
  // Backward-shift deletion: entries behind the hole whose probe sequence passes it move up, so
  // that no tombstones accumulate under churn.
  for (std::size_t next = (hole + 1) & mask_; !entries_[next].transport.is_null();
       next = (next + 1) & mask_) {
    const std::size_t wanted = home(entries_[next].remote);
    if (((next - wanted) & mask_) >= ((next - hole) & mask_)) {
      entries_[hole] = entries_[next];
      previous_[hole] = previous_[next];
      hole = next;
    }
  }
  entries_[hole] = {};
  previous_[hole] = {};
}

}  // namespace penstock
