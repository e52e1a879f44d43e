#include "dataplane/worker/projected_header.h"

#include "dataplane/forward/subscription.h"
#include "dataplane/rtp/header.h"
#include "dataplane/rtp/header_extension_writer.h"
#include "dataplane/worker/transport.h"

namespace penstock {

std::size_t write_projected_header(const ProjectedPacket& packet, const PacketMetadata& metadata,
                                   const Subscription& subscription, const Transport& transport,
                                   const std::uint8_t* frame, std::span<std::uint8_t> buffer) {
  ExtensionWriter extension(buffer.subspan(kRtpFixedHeaderBytes));
  const ExtensionMap& ids = transport.extensions_out;
  const auto pass_on = [&](HeaderExtension kind, const ElementLocation& element) {
    if (element.size != 0) extension.add(ids.id(kind), {frame + element.offset, element.size});
  };
  const std::string_view mid = subscription.config.mid.view();
  extension.add(ids.id(HeaderExtension::kMid),
                {reinterpret_cast<const std::uint8_t*>(mid.data()), mid.size()});
  pass_on(HeaderExtension::kAudioLevel, metadata.audio_level);
  pass_on(HeaderExtension::kVideoOrientation, metadata.video_orientation);
  pass_on(HeaderExtension::kPlayoutDelay, metadata.playout_delay);
  pass_on(HeaderExtension::kDependencyDescriptor, metadata.dependency_descriptor);
  const std::size_t extension_bytes = extension.finish();
  if (!extension.ok()) return 0;

  RtpHeader header;
  header.marker = metadata.marker;
  header.payload_type = subscription.config.payload_type;
  header.sequence_number = static_cast<std::uint16_t>(packet.sequence);
  header.timestamp = packet.timestamp;
  header.ssrc = subscription.config.ssrc;
  header.has_extension = extension_bytes != 0;
  ByteWriter writer(buffer.first(kRtpFixedHeaderBytes));
  write_rtp_header(writer, header);
  return kRtpFixedHeaderBytes + extension_bytes;
}

}  // namespace penstock
