// The scripted WebRTC client (tests/client) on a real UDP socket. Everything it sends passes a
// filter, so that a test can split, hold back or falsify datagrams; everything that arrives is
// counted before the client sees it, also what it is cut from.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "dataplane/rtp/demux.h"
#include "tests/client/webrtc_client.h"
#include "tests/integration/harness/udp_socket.h"

namespace penstock::integration {

using Bytes = std::vector<std::uint8_t>;

class SocketClient final : public Pollable {
 public:
  // `config.local` is the address to bind; port 0 is any.
  SocketClient(EventLoop& loop, test::ClientConfig config, const Certificate& certificate);
  ~SocketClient() override;

  test::WebRtcClient& webrtc() { return *webrtc_; }
  const test::WebRtcClient& webrtc() const { return *webrtc_; }
  Timestamp now() const { return loop_.now(); }
  const SocketAddress& local() const { return socket_.local(); }

  // What becomes of each datagram of the client: the datagrams to send instead.
  using Filter = std::function<std::vector<Bytes>(Bytes datagram)>;
  void set_filter(Filter filter) { filter_ = std::move(filter); }
  // Which of the datagrams that arrive are lost instead.
  using Loss = std::function<bool(std::span<const std::uint8_t> datagram)>;
  void set_loss(Loss loss) { loss_ = std::move(loss); }
  // Past the client and its filter, from its address to the server's.
  void send_raw(std::span<const std::uint8_t> bytes) { socket_.send(webrtc_->remote(), bytes); }
  // The client hears and says nothing any more; what arrives is still counted.
  void cut(bool is_cut = true) { is_cut_ = is_cut; }

  std::uint64_t datagrams_received(DatagramKind kind) const;
  // STUN messages of transactions that the client did not begin itself; send_raw() begins none.
  std::uint64_t answers_unasked() const { return answers_unasked_; }
  std::uint64_t bytes_received() const { return bytes_received_; }
  Timestamp last_media_at() const { return last_media_at_; }  // RTP or RTCP; 0: none came

  int descriptor() const override { return socket_.descriptor(); }
  Timestamp next_timeout() const override { return is_cut_ ? kNever : webrtc_->next_timeout(); }
  void take_turn(Timestamp now) override;

 private:
  void flush();

  EventLoop& loop_;
  UdpSocket socket_;
  std::unique_ptr<test::WebRtcClient> webrtc_;
  Filter filter_;
  Loss loss_;
  bool is_cut_ = false;
  std::map<DatagramKind, std::uint64_t> datagrams_received_;
  std::set<Bytes> transactions_;  // ids of the STUN requests that the client sent
  std::uint64_t answers_unasked_ = 0;
  std::uint64_t bytes_received_ = 0;
  Timestamp last_media_at_ = 0;
};

}  // namespace penstock::integration
