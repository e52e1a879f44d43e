#include "dataplane/worker/projected_header.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "dataplane/base/endian.h"
#include "dataplane/forward/subscription.h"
#include "dataplane/rtp/header.h"
#include "dataplane/rtp/header_extension.h"
#include "dataplane/rtp/header_extension_writer.h"
#include "dataplane/worker/send_stamp.h"
#include "dataplane/worker/transport.h"

namespace penstock {
namespace {

// Of the two-byte form (RFC 8285 section 4.3).
constexpr std::size_t kElementBytesMax = ActiveTargets::kDescriptorBytesMax;
// Of the one-byte form (RFC 8285 section 4.2).
constexpr std::uint8_t kOneByteIdMax = 14;
constexpr std::uint8_t kRtpExtensionBit = 0x10;

// A place for it, in front of all else.
void add_stamp(ExtensionWriter& extension, const Subscription& subscription,
               const ExtensionMap& ids) {
  if (subscription.target.stamp == SendStamp::kNone) return;
  constexpr std::array<std::uint8_t, 3> kPlace{};
  extension.add(ids.id(header_extension(subscription.target.stamp)),
                std::span(kPlace).first(send_stamp_bytes(subscription.target.stamp)));
}

// What is in front of an extension that was written to `buffer` already. Returns the bytes of both;
// 0 if the extension did not fit.
std::size_t write_in_front_of(ExtensionWriter& extension, const ProjectedPacket& packet,
                              const Slot& slot, const Subscription& subscription,
                              std::span<std::uint8_t> buffer) {
  const std::size_t extension_bytes = extension.finish();
  if (!extension.ok()) return 0;

  RtpHeader header;
  header.marker = slot.marker;
  header.payload_type = subscription.target.payload_type;
  header.sequence_number = static_cast<std::uint16_t>(packet.sequence);
  header.timestamp = packet.timestamp;
  header.ssrc = subscription.ssrc;
  header.has_extension = extension_bytes != 0;
  ByteWriter writer(buffer.first(kRtpFixedHeaderBytes));
  write_rtp_header(writer, header);
  return kRtpFixedHeaderBytes + extension_bytes;
}

// With the receiver's frame number and decode targets.
void add_dependency_descriptor(ExtensionWriter& extension, const ProjectedPacket& packet,
                               const MediaPacket& source, const Subscription& subscription,
                               const ExtensionMap& ids) {
  const std::uint8_t id = ids.id(HeaderExtension::kDependencyDescriptor);
  const auto descriptor = source.dependency_descriptor();
  if (descriptor.empty() || id == 0) return;
  std::array<std::uint8_t, kElementBytesMax> bytes;
  std::size_t size = 0;
  if (changes_targets(source, subscription)) size = subscription.targets.write(descriptor, bytes);
  if (size == 0) {
    if (packet.frame_offset == 0 || descriptor.size() < 3 || descriptor.size() > bytes.size())
      return extension.add(id, descriptor);
    std::ranges::copy(descriptor, bytes.begin());
    size = descriptor.size();
  }
  store_be16(bytes.data() + 1,
             static_cast<std::uint16_t>(frame_number(source) + packet.frame_offset));
  extension.add(id, std::span(bytes).first(size));
}

}  // namespace

bool changes_targets(const MediaPacket& source, const Subscription& subscription) {
  return source.slot.dependency_descriptor.size != 0 &&
         subscription.targets.changes(source.dependency_descriptor(), source.slot.source);
}

std::size_t write_projected_header(const ProjectedPacket& packet, const MediaPacket& source,
                                   const Subscription& subscription, const Transport& transport,
                                   std::span<std::uint8_t> buffer) {
  ExtensionWriter extension(buffer.subspan(kRtpFixedHeaderBytes));
  const ExtensionMap& ids = transport.extensions_out;
  const auto pass_on = [&](HeaderExtension kind, const ElementLocation& element) {
    if (element.size != 0)
      extension.add(ids.id(kind), {source.bytes + element.offset, element.size});
  };
  add_stamp(extension, subscription, ids);
  const std::string_view mid = subscription.mid.view();
  extension.add(ids.id(HeaderExtension::kMid),
                {reinterpret_cast<const std::uint8_t*>(mid.data()), mid.size()});
  if (subscription.has_playout_delay)
    extension.add(ids.id(HeaderExtension::kPlayoutDelay), subscription.playout_delay);
  pass_on(HeaderExtension::kAudioLevel, source.slot.audio_level);
  pass_on(HeaderExtension::kVideoOrientation, source.slot.video_orientation);
  if (!subscription.has_playout_delay)
    pass_on(HeaderExtension::kPlayoutDelay, source.slot.playout_delay);
  pass_on(HeaderExtension::kAbsCaptureTime, source.slot.capture_time);
  add_dependency_descriptor(extension, packet, source, subscription, ids);
  return write_in_front_of(extension, packet, source.slot, subscription, buffer);
}

std::size_t write_bare_header(const ProjectedPacket& packet, const MediaPacket& source,
                              const Subscription& subscription, const Transport& transport,
                              std::span<std::uint8_t> buffer) {
  ExtensionWriter extension(buffer.subspan(kRtpFixedHeaderBytes));
  add_dependency_descriptor(extension, packet, source, subscription, transport.extensions_out);
  return write_in_front_of(extension, packet, source.slot, subscription, buffer);
}

HeaderTemplate make_header_template(const Subscription& subscription, const Transport& transport) {
  const ExtensionMap& ids = transport.extensions_out;
  HeaderTemplate made;
  const std::uint8_t delay_id = ids.id(HeaderExtension::kPlayoutDelay);
  const bool has_own_delay = subscription.has_playout_delay && delay_id != 0;
  made.passed_ids = {
      ids.id(HeaderExtension::kAudioLevel), ids.id(HeaderExtension::kVideoOrientation),
      has_own_delay ? std::uint8_t{0} : delay_id, ids.id(HeaderExtension::kAbsCaptureTime),
      ids.id(HeaderExtension::kDependencyDescriptor)};
  const std::uint8_t mid_id = ids.id(HeaderExtension::kMid);
  const std::size_t mid_bytes = mid_id == 0 ? 0 : subscription.mid.view().size();
  const SendStamp stamp = subscription.target.stamp;
  const std::uint8_t stamp_id = stamp == SendStamp::kNone ? 0 : ids.id(header_extension(stamp));
  const std::size_t stamp_bytes = stamp_id == 0 ? 0 : 1 + send_stamp_bytes(stamp);
  const std::size_t elements_at = kRtpFixedHeaderBytes + 4 + stamp_bytes +
                                  (mid_bytes == 0 ? 0 : 1 + mid_bytes) +
                                  (has_own_delay ? 1 + subscription.playout_delay.size() : 0);
  const bool is_one_byte =
      mid_id <= kOneByteIdMax && stamp_id <= kOneByteIdMax && delay_id <= kOneByteIdMax &&
      std::ranges::all_of(made.passed_ids, [](std::uint8_t id) { return id <= kOneByteIdMax; });
  made.state = HeaderTemplate::State::kTooLarge;
  if (!is_one_byte || elements_at > HeaderTemplate::kBytesMax - 4) return made;
  const std::size_t bytes =
      write_projected_header({}, MediaPacket{}, subscription, transport, made.bytes);
  if (bytes == 0) return made;
  made.header_bytes = static_cast<std::uint8_t>(bytes);
  made.elements_at = static_cast<std::uint8_t>(elements_at);
  made.state = HeaderTemplate::State::kUsable;
  return made;
}

std::size_t write_templated_header(const ProjectedPacket& packet, const MediaPacket& source,
                                   const HeaderTemplate& header, std::uint8_t* buffer) {
  std::memcpy(buffer, header.bytes.data(), HeaderTemplate::kBytesMax);
  if (source.slot.marker) buffer[1] |= kRtpMarkerBit;
  store_be16(buffer + 2, static_cast<std::uint16_t>(packet.sequence));
  store_be32(buffer + 4, packet.timestamp);
  if (source.slot.element_bytes_max == 0) return header.header_bytes;

  std::size_t at = header.elements_at;
  const auto pass_on = [&](const ElementLocation& element, std::uint8_t id) {
    if (element.size == 0 || id == 0) return;
    buffer[at] = static_cast<std::uint8_t>((id << 4) | (element.size - 1));
    std::memcpy(buffer + at + 1, source.bytes + element.offset, kTemplatedElementBytesMax);
    at += 1 + std::size_t{element.size};
  };
  pass_on(source.slot.audio_level, header.passed_ids[0]);
  pass_on(source.slot.video_orientation, header.passed_ids[1]);
  pass_on(source.slot.playout_delay, header.passed_ids[2]);
  pass_on(source.slot.capture_time, header.passed_ids[3]);
  const std::size_t descriptor_at = at + 1;
  pass_on(source.slot.dependency_descriptor, header.passed_ids[4]);
  if (packet.frame_offset != 0 && at >= descriptor_at + 3) {
    store_be16(buffer + descriptor_at + 1,
               static_cast<std::uint16_t>(frame_number(source) + packet.frame_offset));
  }
  if (at == header.elements_at) return header.header_bytes;
  std::memset(buffer + at, 0, 3);
  const std::size_t bytes = (at + 3) / 4 * 4;
  buffer[0] |= kRtpExtensionBit;
  store_be16(buffer + kRtpFixedHeaderBytes, kOneByteExtensionProfile);
  store_be16(buffer + kRtpFixedHeaderBytes + 2,
             static_cast<std::uint16_t>((bytes - kRtpFixedHeaderBytes - 4) / 4));
  return bytes;
}

}  // namespace penstock
