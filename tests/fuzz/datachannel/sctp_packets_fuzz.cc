// Chunks from an authenticated but hostile peer: a relay with a connected publisher is given
// packets with the right tag and checksum, and chunks of the fuzzer's. Two bytes of length, then
// chunks, for each packet; between them time passes. What there is afterwards keeps to its limits.
#include <cstdint>
#include <utility>
#include <vector>

#include "controlplane/datachannel/data_relay.h"
#include "controlplane/sctp/crc32c.h"
#include "dataplane/base/check.h"
#include "dataplane/base/endian.h"
#include "tests/client/data_client.h"

namespace penstock {
namespace {

constexpr DataPeerId kPeer = 1;
constexpr std::size_t kPacketsMax = 32;

class Connection final : public DataPacketSink {
 public:
  Connection() {
    relay_.open(kPeer, {}, now_);
    relay_.start(kPeer, now_);
    client_.connection.connect(now_);
    for (int i = 0; i < 8; ++i) pass(kMillisecond);
    client_.open("x", now_);
    for (int i = 0; i < 4; ++i) pass(kMillisecond);
  }

  void attack(std::span<const std::uint8_t> chunks) {
    std::vector<std::uint8_t> packet = header_;
    packet.insert(packet.end(), chunks.begin(), chunks.end());
    write_sctp_checksum(packet);
    relay_.handle_packet(kPeer, packet, now_);
    pass(20 * kMillisecond);
    PENSTOCK_CHECK(relay_.counts().queued_bytes <= kDataQueueBytesMax + kSctpMessageBytesMax);
  }

 private:
  void pass(Duration duration) {
    now_ += duration;
    client_.connection.take_events(now_);
    std::vector<std::uint8_t> packet;
    while (client_.connection.poll_packet(packet)) {
      header_.assign(packet.begin(), packet.begin() + kSctpHeaderBytes);
      relay_.handle_packet(kPeer, packet, now_);
    }
    relay_.flush(now_, *this);
    for (const auto& received : std::exchange(to_client_, {}))
      client_.connection.handle_packet(received, now_);
  }
  void send_data_packet(DataPeerId, std::vector<std::uint8_t> packet) override {
    to_client_.push_back(std::move(packet));
  }

  Timestamp now_ = kSecond;
  DataRelay relay_;
  test::DataClient client_{{.is_dtls_client = true}, now_};
  std::vector<std::uint8_t> header_;
  std::vector<std::vector<std::uint8_t>> to_client_;
};

}  // namespace
}  // namespace penstock

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::Connection connection;
  std::span<const std::uint8_t> rest(data, size);
  for (std::size_t i = 0; i < penstock::kPacketsMax && rest.size() > 2; ++i) {
    const std::size_t wanted = penstock::load_be16(rest.data()) % 1'200U;
    rest = rest.subspan(2);
    const auto chunks = rest.first(std::min(wanted, rest.size()));
    rest = rest.subspan(chunks.size());
    connection.attack(chunks);
  }
  return 0;
}
