// What the tests of LinkResponder share: a port, and frames given to it as the worker does.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "dataplane/net/responder.h"
#include "tests/unit/net/test_frame.h"

namespace penstock::test {

class ResponderTest : public ::testing::Test {
 protected:
  ResponderTest() { restart(); }

  // A port with these addresses, whose probes nobody has answered: announcements are due at 0.
  void restart() {
    responder_ = LinkResponder(addresses_);
    poll_all(-kSecond);
    poll_all(-kProbeInterval);
  }
  struct Answer {
    DropReason drop;
    std::vector<std::uint8_t> frame;
  };

  Answer give(const TestFrame& frame, Timestamp now = 0) {
    const FrameVerdict verdict = parse_frame(frame.bytes(), addresses_);
    EXPECT_TRUE(verdict.is_link_work()) << to_label(verdict.drop);
    std::vector<std::uint8_t> reply(2'048, 0xEE);
    const LinkReply result = responder_.respond(frame.bytes(), verdict, now, reply);
    reply.resize(result.bytes);
    return {result.drop, reply};
  }

  // Everything the port sends of its own accord at `now`.
  std::vector<std::vector<std::uint8_t>> poll_all(Timestamp now) {
    std::vector<std::vector<std::uint8_t>> frames;
    std::vector<std::uint8_t> frame(kPollFrameBytesMax);
    while (const std::size_t bytes = responder_.poll(now, frame)) {
      frames.emplace_back(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(bytes));
    }
    return frames;
  }

  InterfaceAddresses addresses_ = our_addresses();
  LinkResponder responder_{addresses_};
};

}  // namespace penstock::test
