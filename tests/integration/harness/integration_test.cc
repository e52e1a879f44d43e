#include "tests/integration/harness/integration_test.h"

#include <signal.h>

#include <iostream>

#include "tests/integration/harness/namespace.h"

namespace penstock::integration {

void IntegrationTest::SetUp() {
  enter_network_namespace();
  auto certificate = Certificate::generate(1'700'000'000);
  ASSERT_TRUE(certificate.has_value()) << certificate.error();
  certificate_ = std::move(*certificate);
}

void IntegrationTest::TearDown() {
  // While the calls are still up: the server ends them.
  if (server_ != nullptr) server_->stop_and_check(SIGTERM);
  participants_.clear();
}

Server& IntegrationTest::start_server(const ServerOptions& options) {
  server_ = std::make_unique<Server>(options);
  server_->wait_until_ready();
  return *server_;
}

Participant& IntegrationTest::add_participant(ParticipantOptions options) {
  options.sender = static_cast<std::uint32_t>(participants_.size() + 1);
  participants_.push_back(std::make_unique<Participant>(loop_, certificate(), options));
  return *participants_.back();
}

void IntegrationTest::start_call(const ParticipantOptions& options) {
  add_participant(options).publish();
  add_participant(options).publish();
  connect_the_two();
}

void IntegrationTest::connect_the_two() {
  alice().subscribe({&bob()});
  bob().subscribe({&alice()});
  alice().wait_until_connected();
  bob().wait_until_connected();
  ASSERT_TRUE(loop_.run_until(
      [&] { return alice().received_from(bob()) > 50 && bob().received_from(alice()) > 50; },
      20 * kSecond))
      << "no media";
}

std::unique_ptr<Attacker> IntegrationTest::add_attacker(std::uint8_t host) {
  const IpAddress address = IpAddress::from_v4({198, 18, 0, host});
  add_address("penstock0", to_string(address) + "/24");
  return std::make_unique<Attacker>(loop_, SocketAddress{address, 0});
}

std::uint64_t IntegrationTest::expect_nothing_lost() {
  for (const auto& participant : participants_) participant->stop_media();
  // Quiet: nothing has come for a while.
  std::uint64_t packets = 0;
  for (std::uint64_t before = 1; before != packets;) {
    before = packets;
    loop_.run_for(500 * kMillisecond);
    packets = 0;
    for (const auto& receiver : participants_) {
      if (!receiver->has_subscriber()) continue;
      for (const auto& sender : participants_) packets += receiver->received_from(*sender);
    }
  }
  for (const auto& receiver : participants_) {
    if (!receiver->has_subscriber()) continue;
    for (const auto& sender : participants_) expect_whole(*receiver, *sender);
  }
  return packets;
}

void IntegrationTest::expect_whole(const Participant& receiver, const Participant& sender) {
  std::uint64_t last_numbers = 0;
  std::size_t streams = 0;
  for (const auto& [ssrc, stream] : receiver.subscriber().webrtc().received()) {
    if (stream.packets == 0 || stream.sender != sender.sender()) continue;
    SCOPED_TRACE("stream with mid " + stream.mid + " from sender " + std::to_string(stream.sender));
    EXPECT_EQ(stream.lost(), 0U);
    EXPECT_EQ(stream.duplicates, 0U);
    EXPECT_EQ(stream.foreign, 0U);
    EXPECT_TRUE(stream.is_order_kept());
    // What the server lost on the way in would show here only.
    EXPECT_EQ(stream.numbers.rbegin()->second - stream.numbers.begin()->second + 1,
              stream.numbers.size());
    last_numbers += stream.numbers.rbegin()->second + 1;
    ++streams;
  }
  if (streams == 2) {
    EXPECT_EQ(last_numbers, sender.publisher().webrtc().media_sent()) << "the end is missing";
  }
  EXPECT_EQ(receiver.subscriber().webrtc().srtp_failures(), 0U);
}

void print_measured(const std::string& text) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  std::cout << "measured " << test->test_suite_name() << "." << test->name() << ": " << text
            << std::endl;
}

std::string milliseconds(Duration duration) {
  return std::to_string(duration / kMillisecond) + " ms";
}

}  // namespace penstock::integration
