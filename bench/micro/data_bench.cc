// What a message on a data channel costs the control thread: one publisher to 50 receivers, from
// the publisher's SCTP packets to those of the receivers, with their acknowledgements. The other
// ends' work is not counted, nor is DTLS, which other threads do.
#include <benchmark/benchmark.h>

#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/datachannel/data_relay.h"
#include "controlplane/sctp/sctp_stack.h"
#include "tests/client/data_client.h"

namespace penstock {
namespace {

double thread_cpu_s() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

class DataRoom final : public DataPacketSink {
 public:
  static constexpr DataPeerId kPublisher = 0;

  explicit DataRoom(std::size_t receivers) {
    for (DataPeerId id = 0; id <= receivers; ++id) {
      relay_.open(id, {}, now_);
      clients_.push_back(
          std::make_unique<test::DataClient>(DataConnectionOptions{.is_dtls_client = true}, now_));
      relay_.start(id, now_);
      clients_.back()->connection.connect(now_);
      clients_.back()->keeps_messages = false;
      if (id != kPublisher)
        relay_.set_sources(id, std::vector{DataSource{.publisher = kPublisher, .name = "p"}}, now_);
    }
    for (int i = 0; i < 50; ++i) pass();
    stream_ = clients_[kPublisher]->open("bench", now_).value_or(0);
    for (int i = 0; i < 50; ++i) pass();
  }

  // Returns what it took of the control thread.
  double say(std::string_view text) {
    clients_[kPublisher]->send(stream_, text, now_);
    return pass();
  }
  std::uint64_t delivered() const {
    std::uint64_t messages = 0;
    for (const auto& client : clients_) messages += client->stats.messages_received;
    return messages;
  }
  // Until everything has arrived.
  void settle() {
    for (int i = 0; i < 100; ++i) pass();
  }

 private:
  double pass() {
    now_ += kMillisecond;
    SctpStack::instance().advance(now_);
    std::vector<std::pair<DataPeerId, std::vector<std::uint8_t>>> to_server;
    std::vector<std::uint8_t> packet;
    for (DataPeerId id = 0; id < clients_.size(); ++id) {
      clients_[id]->connection.take_events(now_);
      while (clients_[id]->connection.poll_packet(packet))
        to_server.emplace_back(id, std::move(packet));
    }
    const double before = thread_cpu_s();
    for (const auto& [id, received] : to_server) relay_.handle_packet(id, received, now_);
    relay_.flush(now_, *this);
    const double took = thread_cpu_s() - before;
    for (const auto& [id, sent] : std::exchange(to_clients_, {}))
      clients_[id]->connection.handle_packet(sent, now_);
    return took;
  }
  void send_data_packet(DataPeerId peer, std::vector<std::uint8_t> packet) override {
    to_clients_.emplace_back(peer, std::move(packet));
  }

  Timestamp now_ = kSecond;
  DataRelay relay_;
  std::vector<std::unique_ptr<test::DataClient>> clients_;
  std::vector<std::pair<DataPeerId, std::vector<std::uint8_t>>> to_clients_;
  std::uint16_t stream_ = 0;
};

void data_message_to_50(benchmark::State& state) {
  constexpr std::size_t kReceivers = 50;
  DataRoom room(kReceivers);
  const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
  const std::uint64_t before = room.delivered();
  for (auto _ : state) state.SetIterationTime(room.say(text));
  room.settle();
  const auto expected = static_cast<std::uint64_t>(state.iterations()) * kReceivers;
  if (room.delivered() - before != expected) state.SkipWithError("messages were lost");
  state.SetItemsProcessed(static_cast<std::int64_t>(expected));
}
BENCHMARK(data_message_to_50)->Arg(100)->Arg(1'000)->UseManualTime();

}  // namespace
}  // namespace penstock
