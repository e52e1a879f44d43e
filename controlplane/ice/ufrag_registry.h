// Whose ufrag is it? Finds the transport for STUN that comes from an address no worker knows yet.
// An unknown ufrag finds nothing and is answered with silence. Constant time,
// with a keyed hash. Owned by the control plane, used on one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "controlplane/random/sip_hash.h"

namespace penstock {

// `Id` is a value such as a handle: it says which transport, and is resolved at use.
template <typename Id>
class UfragRegistry {
 public:
  explicit UfragRegistry(const SipHashKey& key) : ids_(0, KeyedHash{key}) {}

  // False (and no change) if the ufrag is taken: the caller then generates another.
  [[nodiscard]] bool add(std::string_view local_ufrag, Id id) {
    return ids_.try_emplace(std::string(local_ufrag), id).second;
  }
  // True if it was there.
  bool remove(std::string_view local_ufrag) {
    const auto found = ids_.find(local_ufrag);
    if (found == ids_.end()) return false;
    ids_.erase(found);
    return true;
  }
  std::optional<Id> find(std::string_view local_ufrag) const {
    const auto found = ids_.find(local_ufrag);
    if (found == ids_.end()) return std::nullopt;
    return found->second;
  }
  std::size_t size() const { return ids_.size(); }

 private:
  struct KeyedHash {
    using is_transparent = void;
    SipHashKey key;
    std::size_t operator()(std::string_view text) const {
      return static_cast<std::size_t>(sip_hash(key, text));
    }
  };

  std::unordered_map<std::string, Id, KeyedHash, std::equal_to<>> ids_;
};

}  // namespace penstock
