// A reference to an object of an ObjectPool that can be stored anywhere: an index and the
// generation the object had. Once the object is unlinked the handle resolves to null, for ever, so
// nothing needs to know who still holds one (docs/architecture.md, lifetimes). A value, trivially
// copyable, safe in rings and between threads.
#pragma once

#include <cstdint>

namespace penstock {

template <typename T>
class Handle {
 public:
  static constexpr int kIndexBits = 24;
  static constexpr std::uint64_t kIndexMask = (1ULL << kIndexBits) - 1;

  constexpr Handle() = default;
  constexpr Handle(std::uint32_t index, std::uint64_t generation)
      : bits_((generation << kIndexBits) | index) {}
  static constexpr Handle from_bits(std::uint64_t bits) {
    Handle handle;
    handle.bits_ = bits;
    return handle;
  }

  // The null handle resolves to nothing. Generations of live objects are odd, so no live handle has
  // bits 0.
  constexpr bool is_null() const { return bits_ == 0; }
  constexpr std::uint32_t index() const { return static_cast<std::uint32_t>(bits_ & kIndexMask); }
  constexpr std::uint64_t generation() const { return bits_ >> kIndexBits; }
  constexpr std::uint64_t bits() const { return bits_; }

  constexpr bool operator==(const Handle&) const = default;
  constexpr auto operator<=>(const Handle&) const = default;

 private:
  std::uint64_t bits_ = 0;
};

}  // namespace penstock
