// Data channels: their packets go in DTLS records of the peer's transport. Part of
// peer_connections.h.
#include <algorithm>

#include "controlplane/media/peer_connections.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {

void PeerConnections::open_data(const Peer& peer, const sdp::DataMedia& data, sdp::DtlsRole role,
                                Timestamp now) {
  DataConnectionOptions options;
  options.sctp.local_port = sdp::kOurSctpPort;
  options.sctp.remote_port = data.sctp_port;
  options.is_dtls_client = role == sdp::DtlsRole::kClient;
  options.peer_message_bytes_max = data.message_bytes_max;
  options.unreliable_age_max = config_.data_age_max;
  data_relay_.open(peer.id, options, now);
  if (peer.transport->has_data_path()) data_relay_.start(peer.id, now);
}

void PeerConnections::follow_published_data(const Peer& peer, const sdp::PublisherNegotiation& next,
                                            Timestamp now) {
  const auto found = std::ranges::find_if(next.streams, [](const sdp::NegotiatedStream& stream) {
    return stream.kind == MediaKind::kData && stream.accepted;
  });
  if (found == next.streams.end()) return data_relay_.close(peer.id, now);
  open_data(peer, found->data, next.dtls_role, now);
}

void PeerConnections::follow_received_data(Peer& peer, const sdp::SubscriberAnswer& answer,
                                           Timestamp now) {
  for (std::size_t i = 0; i < peer.lines.size() && i < answer.streams.size(); ++i) {
    SubscriberLine& line = peer.lines[i];
    if (line.wanted.kind != MediaKind::kData) continue;
    line.has_data = answer.streams[i].accepted;
    if (!line.has_data) return data_relay_.close(peer.id, now);
    open_data(peer, answer.streams[i].data, answer.dtls_role, now);
  }
}

void PeerConnections::close_data(const Peer& peer, Timestamp now) {
  data_relay_.close(peer.id, now);
  data_relay_.forget_sources(peer.id, now);
}

void PeerConnections::set_data_sources(PeerId id, std::uint32_t mindex,
                                       std::span<const DataSource> sources, Timestamp now) {
  const SubscriberLine* line = find_line(id, mindex);
  if (line == nullptr || line->wanted.kind != MediaKind::kData) return;
  data_relay_.set_sources(id, sources, now);
}

// The association begins with the first run of DTLS that has keys: the peer's may begin as soon.
void PeerConnections::take_data(const Peer& peer,
                                std::span<const std::vector<std::uint8_t>> packets, Timestamp now) {
  if (!peer.transport->has_data_path()) return;
  data_relay_.start(peer.id, now);
  for (const std::vector<std::uint8_t>& packet : packets)
    best_effort([&] { data_relay_.handle_packet(peer.id, packet, now); });
}

void PeerConnections::send_data_packet(PeerId id, std::vector<std::uint8_t> packet) {
  const PeerHandle handle = find_handle(id);
  Peer* peer = peer_pool_.resolve(handle);
  if (peer == nullptr) return;
  peer->transport->send_data(std::move(packet));
  note_changed(handle, *peer);
}

void PeerConnections::on_published_data(DataPeerId publisher, const DataMessage& message,
                                        Timestamp now) {
  record_message(publisher, message, now);
  forward_message(publisher, message);
}

}  // namespace penstock
