#include "tests/integration/harness/socket_client.h"

namespace penstock::integration {
namespace {

// RFC 8489, section 5: 12 bytes after type, length and cookie.
Bytes transaction_of(const Bytes& message) {
  if (message.size() < 20) return {};
  return {message.begin() + 8, message.begin() + 20};
}

}  // namespace

SocketClient::SocketClient(EventLoop& loop, test::ClientConfig config,
                           const Certificate& certificate)
    : loop_(loop), socket_(config.local) {
  config.local = socket_.local();
  webrtc_ = std::make_unique<test::WebRtcClient>(config, certificate);
  loop_.add(*this);
}

SocketClient::~SocketClient() { loop_.remove(*this); }

std::uint64_t SocketClient::datagrams_received(DatagramKind kind) const {
  const auto found = datagrams_received_.find(kind);
  return found == datagrams_received_.end() ? 0 : found->second;
}

void SocketClient::take_turn(Timestamp now) {
  SocketAddress from;
  Bytes bytes;
  while (socket_.receive(from, bytes)) {
    if (loss_ && loss_(bytes)) continue;
    const DatagramKind kind = classify_datagram(bytes);
    ++datagrams_received_[kind];
    bytes_received_ += bytes.size();
    if (kind == DatagramKind::kStun && !transactions_.contains(transaction_of(bytes))) {
      ++answers_unasked_;
    }
    if (kind == DatagramKind::kRtp || kind == DatagramKind::kRtcp) last_media_at_ = now;
    if (!is_cut_) webrtc_->handle_datagram(now, from, bytes);
  }
  if (is_cut_) return;
  if (now >= webrtc_->next_timeout()) webrtc_->handle_timeout(now);
  flush();
}

void SocketClient::flush() {
  test::ClientDatagram datagram;
  while (webrtc_->poll_output(datagram)) {
    if (classify_datagram(datagram.bytes) == DatagramKind::kStun) {
      transactions_.insert(transaction_of(datagram.bytes));
    }
    if (!filter_) {
      socket_.send(datagram.to, datagram.bytes);
      continue;
    }
    for (const Bytes& bytes : filter_(std::move(datagram.bytes))) socket_.send(datagram.to, bytes);
  }
}

}  // namespace penstock::integration
