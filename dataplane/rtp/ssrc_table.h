// What is known of the SSRCs of one peer (RFC 3550 section 8): a value for each, found per packet.
// The SSRCs stand apart from the values, so that sixteen of them are one cache line. Capacity is
// fixed when it is made. Owned by a transport, touched by its worker.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/prefetch.h"
#include "dataplane/pool/fixed_vector.h"

namespace penstock {

template <typename Value>
class SsrcTable {
 public:
  explicit SsrcTable(std::size_t capacity) : ssrcs_(capacity), values_(capacity) {}
  SsrcTable(std::size_t capacity, MemoryBlock& block)
      : ssrcs_(capacity, block), values_(capacity, block) {}

  // What one takes of a block.
  static constexpr std::size_t bytes(std::size_t capacity) {
    return FixedVector<std::uint32_t>::bytes(capacity) + FixedVector<Value>::bytes(capacity);
  }

  std::size_t size() const { return ssrcs_.size(); }
  bool full() const { return ssrcs_.full(); }

  // Asks for the first so many.
  void prefetch_first(std::size_t count) const {
    prefetch(ssrcs_.data(), sizeof(std::uint32_t));
    prefetch(values_.data(), std::min(count, values_.capacity()) * sizeof(Value));
  }

  // The value of an SSRC, or null. Good until something is erased.
  Value* find(std::uint32_t ssrc) {
    for (std::size_t i = 0; i < ssrcs_.size(); ++i) {
      if (ssrcs_[i] == ssrc) return &values_[i];
    }
    return nullptr;
  }

  // Of an SSRC that is not there yet; null if the table is full.
  Value* add(std::uint32_t ssrc, const Value& value) {
    if (!ssrcs_.push_back(ssrc) || !values_.push_back(value)) return nullptr;
    return &values_.back();
  }

  // The same; if the table is full, in the place of the least of all values, which `forget(ssrc,
  // value)` is told of. Null if there is room for none.
  template <typename Less, typename Forget>
  Value* add_or_replace(std::uint32_t ssrc, const Value& value, Less&& less, Forget&& forget) {
    if (Value* added = add(ssrc, value)) return added;
    const auto least = std::min_element(values_.begin(), values_.end(), less);
    if (least == values_.end()) return nullptr;
    std::uint32_t& place = ssrcs_[static_cast<std::size_t>(least - values_.begin())];
    forget(place, *least);
    place = ssrc;
    *least = value;
    return &*least;
  }

  Value* find_or_add(std::uint32_t ssrc) {
    Value* known = find(ssrc);
    return known != nullptr ? known : add(ssrc, Value{});
  }

  // The SSRC of a value that is there.
  std::uint32_t ssrc_of(const Value* value) const {
    return ssrcs_[static_cast<std::size_t>(value - values_.begin())];
  }

  // Erases all of which `condition(ssrc, value)` is true.
  template <typename Condition>
  void erase_if(Condition&& condition) {
    for (std::size_t i = ssrcs_.size(); i > 0; --i) {
      if (!condition(ssrcs_[i - 1], values_[i - 1])) continue;
      ssrcs_.erase_unordered(i - 1);
      values_.erase_unordered(i - 1);
    }
  }

  void clear() {
    ssrcs_.clear();
    values_.clear();
  }

 private:
  FixedVector<std::uint32_t> ssrcs_;
  FixedVector<Value> values_;
};

}  // namespace penstock
