#include "dataplane/forward/active_targets.h"

#include <algorithm>

#include "dataplane/base/endian.h"
#include "dataplane/rtp/payload/bit_reader.h"

namespace penstock {
namespace {

constexpr std::size_t kMandatoryBytes = 3;
constexpr unsigned kMandatoryBits = 24;
constexpr unsigned kFlagBits = 5;
constexpr std::uint32_t kHasStructure = 0b10000;
constexpr std::uint32_t kHasActiveTargets = 0b01000;

std::uint16_t number_of(std::span<const std::uint8_t> descriptor) {
  return load_be16(descriptor.data() + 1);
}
// The flags of an extended descriptor; none if it is not.
std::uint32_t flags_of(std::span<const std::uint8_t> descriptor) {
  return descriptor.size() > kMandatoryBytes ? descriptor[kMandatoryBytes] >> 3U : 0U;
}

class BitWriter {
 public:
  explicit BitWriter(std::span<std::uint8_t> to) : to_(to) {}

  void put(unsigned count, std::uint32_t value) {
    for (unsigned i = count; i-- > 0;) {
      if (bits_ == to_.size() * 8) return fail();
      std::uint8_t& byte = to_[bits_ / 8];
      if (bits_ % 8 == 0) byte = 0;
      if ((value >> i & 1U) != 0) byte = static_cast<std::uint8_t>(byte | (0x80U >> (bits_ % 8)));
      ++bits_;
    }
  }
  void copy(BitReader& from, std::size_t count) {
    for (; count >= 8; count -= 8) put(8, from.read(8));
    put(static_cast<unsigned>(count), from.read(static_cast<unsigned>(count)));
  }
  // Bytes, with zero bits behind what was written; 0 if it did not fit.
  std::size_t finish() const { return has_failed_ ? 0 : (bits_ + 7) / 8; }

 private:
  void fail() { has_failed_ = true; }

  std::span<std::uint8_t> to_;
  std::size_t bits_ = 0;
  bool has_failed_ = false;
};

}  // namespace

std::uint32_t ActiveTargets::mask_of(Layer shown) const {
  std::uint32_t mask = 0;
  for (unsigned target = 0; target < count_; ++target) {
    const auto layer = static_cast<unsigned>(layers_ >> (4 * target));
    if ((layer >> 2 & 3U) <= shown.spatial && (layer & 3U) <= shown.temporal) mask |= 1U << target;
  }
  return mask & sent_;
}

void ActiveTargets::take(std::span<const std::uint8_t> descriptor, std::uint32_t source,
                         Layer shown) {
  if (descriptor.size() < kMandatoryBytes) return;
  const std::uint32_t flags = flags_of(descriptor);
  if ((flags & kHasStructure) != 0) {
    DependencyStructure structure;
    *this = {};
    if (!structure.read(descriptor)) return;
    const DecodeTargets& targets = structure.targets();
    source_ = source;
    since_frame_ = number_of(descriptor);
    count_ = targets.count;
    sent_ = static_cast<std::uint16_t>(structure.active_targets());
    for (unsigned i = 0; i < count_; ++i) {
      const auto spatial = std::uint64_t{std::min<std::uint8_t>(targets.spatial[i], 3)};
      const auto temporal = std::uint64_t{std::min<std::uint8_t>(targets.temporal[i], 3)};
      layers_ |= (spatial << 2 | temporal) << (4 * i);
    }
  } else if (source != source_ || count_ == 0) {
    return;
  } else if ((flags & kHasActiveTargets) != 0) {
    BitReader reader(descriptor);
    reader.skip(kMandatoryBits + kFlagBits);
    const std::uint32_t sent = reader.read(count_);
    if (reader.ok()) sent_ = static_cast<std::uint16_t>(sent);
  }
  mask_ = static_cast<std::uint16_t>(mask_of(shown));
  is_told_ = is_told_ || mask_ != sent_;
}

bool ActiveTargets::changes(std::span<const std::uint8_t> descriptor, std::uint32_t source) const {
  if (!is_told_ || source != source_ || descriptor.size() < kMandatoryBytes) return false;
  // What came before the structure is written as another one says.
  return static_cast<std::int16_t>(number_of(descriptor) - since_frame_) >= 0;
}

std::size_t ActiveTargets::write(std::span<const std::uint8_t> descriptor,
                                 std::span<std::uint8_t, kDescriptorBytesMax> to) const {
  const std::uint32_t flags = flags_of(descriptor);
  std::size_t begin = kMandatoryBits + kFlagBits;
  if ((flags & kHasStructure) != 0) {
    DependencyStructure structure;
    if (!structure.read(descriptor) || structure.targets().count != count_) return 0;
    begin = structure.structure_end();
  }
  const std::size_t bits = descriptor.size() * 8;
  BitReader reader(descriptor);
  BitWriter writer(to);
  writer.copy(reader, kMandatoryBits);
  if (descriptor.size() > kMandatoryBytes) reader.skip(kFlagBits);
  writer.put(kFlagBits, flags | kHasActiveTargets);
  if (descriptor.size() > kMandatoryBytes) writer.copy(reader, begin - kMandatoryBits - kFlagBits);
  writer.put(count_, mask_);
  if ((flags & kHasActiveTargets) != 0) reader.skip(count_);
  if (reader.position() < bits) writer.copy(reader, bits - reader.position());
  return reader.ok() ? writer.finish() : 0;
}

}  // namespace penstock
