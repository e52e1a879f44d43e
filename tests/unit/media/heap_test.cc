// What a connection takes of the heap, and that the sums which are printed at start say so.
#include <malloc.h>

#include "tests/support/sanitized.h"
#include "tests/unit/media/media_fixture.h"

namespace penstock {
namespace {

std::size_t heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

class HeapTest : public MediaTest {
 protected:
  const std::size_t association_bytes_ = dtls_association_bytes(loaded_openssl_version());
};

TEST_F(HeapTest, AnAssociationTakesWhatTheSumSays) {
  constexpr std::size_t kAssociations = 20;
  Fingerprints expected;
  ASSERT_TRUE(
      expected.push_back(parse_fingerprint("sha-256 " + certificate.fingerprint_sha256()).value()));
  std::vector<std::unique_ptr<DtlsJob>> connected_jobs;
  for (std::size_t i = 0; i < kAssociations; ++i) {
    DtlsJob client(*dtls, DtlsRole::kClient, expected, {}, 0);
    connected_jobs.push_back(
        std::make_unique<DtlsJob>(*dtls, DtlsRole::kServer, expected, TransportHandle{}, 0));
    DtlsJob& server = *connected_jobs.back();
    for (int flight = 0; flight < 4; ++flight) {
      client.run(now);
      server.input = std::exchange(client.output, {});
      server.run(now);
      client.input = std::exchange(server.output, {});
    }
    ASSERT_EQ(server.endpoint->state(), DtlsState::kConnected);
  }
  const std::size_t before = heap_bytes();
  connected_jobs.clear();
  if (test::kIsSanitized) return;  // it has an allocator of its own, which does not count
  const std::size_t each = (before - heap_bytes()) / kAssociations;
  EXPECT_LE(each, association_bytes_);
  EXPECT_GE(each, association_bytes_ * 3 / 4) << "the sum is far from the truth";
}

TEST_F(HeapTest, AConnectedSubscriberTakesWhatTheSumsSay) {
  constexpr PeerId kSubscribers = 20;
  const auto published = publish(100);
  ASSERT_TRUE(published.has_value());
  for (PeerId peer = 1; peer <= kSubscribers; ++peer)
    ASSERT_TRUE(answer(peer, offer_to(peer, mlines_of(*published)).value()).has_value());
  run_for(kSecond);
  ASSERT_EQ(connected.size(), kSubscribers);
  const std::size_t before = heap_bytes();
  for (PeerId peer = 1; peer <= kSubscribers; ++peer) media->close(peer, now);
  while (media->counts().dtls_jobs > 0) media->poll(now, *this);
  dataplane.sent = {};
  if (test::kIsSanitized) return;
  // The fake data plane's maps are counted too.
  const std::size_t each = (before - heap_bytes()) / kSubscribers;
  EXPECT_LE(each, association_bytes_ + kPeerHeapBytes);
  EXPECT_GE(each, (association_bytes_ + kPeerHeapBytes) * 3 / 4) << "the sum is far from the truth";
}

}  // namespace
}  // namespace penstock
