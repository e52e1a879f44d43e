// How many of something there are for each network of clients (client_prefix.h), where there is a
// limit of it per network. Owned by who counts; control thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>

#include "dataplane/base/ip_address.h"

namespace penstock {

class NetworkCounts {
 public:
  // One more, of this network; of none: not counted. Takes memory.
  void add(const std::optional<IpAddress>& network) {
    if (network) ++counts_[*network];
  }
  // One less, which add() has counted.
  void remove(const std::optional<IpAddress>& network) {
    if (!network) return;
    const auto count = counts_.find(*network);
    if (--count->second == 0) counts_.erase(count);
  }
  std::size_t of(const IpAddress& network) const {
    const auto found = counts_.find(network);
    return found == counts_.end() ? 0 : found->second;
  }
  // Networks of which there is any.
  std::size_t size() const { return counts_.size(); }

 private:
  std::map<IpAddress, std::size_t> counts_;  // never zero
};

}  // namespace penstock
