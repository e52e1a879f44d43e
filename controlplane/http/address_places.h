// How many connections each client address has. A connection takes a place of its address and gives
// it back when it ends, or when limits per address hold no longer for it. Owned by the listeners,
// on the control thread; outlives the places.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "controlplane/signalling/client_prefix.h"
#include "dataplane/base/ip_address.h"

namespace penstock {

class AddressPlaces {
 public:
  class Place {
   public:
    Place(Place&& other) noexcept
        : places_(std::exchange(other.places_, nullptr)), address_(other.address_) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(places_, other.places_);
      std::swap(address_, other.address_);
      return *this;
    }
    ~Place() {
      if (places_ != nullptr) places_->give_back(address_);
    }

   private:
    friend AddressPlaces;
    Place(AddressPlaces* places, const IpAddress& address) : places_(places), address_(address) {}

    AddressPlaces* places_;
    IpAddress address_;
  };

  explicit AddressPlaces(std::size_t per_address_max) : per_address_max_(per_address_max) {}

  // Nothing if all of the address are taken.
  std::optional<Place> take(const IpAddress& address) {
    const IpAddress client = client_prefix(address);
    std::size_t& taken = taken_[client];
    if (taken >= per_address_max_) return std::nullopt;
    ++taken;
    return Place(this, client);
  }

  std::size_t addresses() const { return taken_.size(); }

 private:
  void give_back(const IpAddress& client) {
    const auto found = taken_.find(client);
    if (--found->second == 0) taken_.erase(found);
  }

  const std::size_t per_address_max_;       // at least 1
  std::map<IpAddress, std::size_t> taken_;  // never 0
};

}  // namespace penstock
