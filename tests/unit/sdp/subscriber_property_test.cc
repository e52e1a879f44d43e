// Offers to subscribers of random rooms: what must hold for every one of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <type_traits>

#include "controlplane/sdp/parser.h"
#include "controlplane/sdp/subscriber_negotiation.h"
#include "controlplane/sdp/writer.h"
#include "dataplane/base/prng.h"
#include "tests/support/scale.h"
#include "tests/unit/sdp/test_support.h"

namespace penstock::sdp {
namespace {

constexpr int kOffers = 10'000;
constexpr std::size_t kOffersPerSubscriber = 20;

std::string random_fmtp(Codec codec, Prng& prng) {
  switch (codec) {
    case Codec::kOpus:
      return prng.chance(1, 2) ? "useinbandfec=1" : "useinbandfec=1;stereo=1;sprop-stereo=1";
    case Codec::kVp9:
      return "profile-id=" + std::to_string(prng.below(4));
    case Codec::kH264:
      return prng.chance(1, 2) ? "packetization-mode=1;profile-level-id=42e01f"
                               : "packetization-mode=1;profile-level-id=64001f";
    case Codec::kVp8:
    case Codec::kAv1:
      return "";
  }
  return "";
}

// A subscriber whose subscriptions change between offers as a room would change them.
class RandomSubscriber {
 public:
  explicit RandomSubscriber(Prng& prng) : prng_(prng) {
    for (std::uint8_t& id : enabled_.ids) id = static_cast<std::uint8_t>(prng.below(2));
  }

  SessionDescription next_offer() {
    const std::size_t changes = 1 + prng_.below(4);
    for (std::size_t i = 0; i < changes; ++i) change();
    return make_subscriber_offer(streams_, local_transport(++version_),
                                 subscriber_extensions(enabled_));
  }

 private:
  void change() {
    if (!streams_.empty() && prng_.chance(1, 3)) {
      streams_[prng_.below(streams_.size())].active = false;
      return;
    }
    const auto codec = static_cast<Codec>(prng_.below(5));
    const std::string fmtp = random_fmtp(codec, prng_);
    const auto reusable = std::ranges::find_if(streams_, [&](const OfferedStream& stream) {
      return !stream.active && stream.kind == codec_kind(codec);
    });
    const bool reuse = reusable != streams_.end();
    if (!reuse && streams_.size() == 24) return;
    OfferedStream& stream = reuse ? *reusable : streams_.emplace_back();
    if (!reuse) stream.mid = std::to_string(streams_.size() - 1);
    stream.kind = codec_kind(codec);
    stream.codec = codec;
    stream.fmtp = fmtp;
    stream.payload_type = *payload_types_.assign(codec, fmtp);
    stream.active = true;
    stream.ssrc = prng_.next_u32();
    const bool has_rtx = stream.kind == MediaKind::kVideo && prng_.chance(3, 4);
    stream.rtx_payload_type = has_rtx ? payload_types_.assign_rtx(stream.payload_type) : 0;
    stream.rtx_ssrc = prng_.next_u32();
    stream.msid_stream_id = std::to_string(prng_.next_u64());
    stream.msid_track_id = std::to_string(prng_.below(9));
  }

  Prng& prng_;
  ExtensionMap enabled_;
  SubscriberPayloadTypes payload_types_;
  std::vector<OfferedStream> streams_;
  std::uint64_t version_ = 0;
};

// Everything one subscriber was ever told: it may only grow.
struct Told {
  std::map<int, std::string> configurations;  // by payload type
  std::map<std::string, int> ids;             // by URI
  std::map<int, std::string> uris;            // by id
  std::vector<std::string> kinds;             // by m-line
  std::uint64_t version = 0;
};

// The pair is new, or is the one already known.
template <typename Key, typename Value>
bool agrees(std::map<Key, Value>& known, std::type_identity_t<Key> key,
            std::type_identity_t<Value> value) {
  return known.emplace(key, value).first->second == value;
}

void check_offer(const SessionDescription& offer, Told& told) {
  ASSERT_EQ(parsed(write_session_description(offer)), offer);
  EXPECT_EQ(offer.origin.session_version, told.version + 1);
  told.version = offer.origin.session_version;
  ASSERT_GE(offer.media.size(), told.kinds.size()) << "m-lines never disappear";
  std::set<std::string> mids;
  for (std::size_t i = 0; i < offer.media.size(); ++i) {
    const MediaDescription& media = offer.media[i];
    EXPECT_EQ(media.mid, std::to_string(i));
    EXPECT_TRUE(mids.insert(media.mid).second);
    EXPECT_EQ(offer.bundle_groups.at(0).at(i), media.mid);
    if (i == told.kinds.size()) told.kinds.push_back(media.kind);
    EXPECT_EQ(media.kind, told.kinds[i]);
    for (const PayloadFormat& format : media.payloads) {
      const std::string configuration = format.rtpmap->encoding_name + " " + format.fmtp;
      EXPECT_TRUE(agrees(told.configurations, format.payload_type, configuration));
    }
    for (const Extmap& extmap : media.extmaps) {
      EXPECT_TRUE(agrees(told.ids, extmap.uri, extmap.id));
      EXPECT_TRUE(agrees(told.uris, extmap.id, extmap.uri));
    }
  }
}

TEST(SdpSubscriberProperty, EveryOfferOfARandomRoomIsConsistent) {
  Prng prng(20'261'122);
  for (int offers = 0; offers < static_cast<int>(test::scaled(kOffers));
       offers += static_cast<int>(kOffersPerSubscriber)) {
    RandomSubscriber subscriber(prng);
    Told told;
    for (std::size_t i = 0; i < kOffersPerSubscriber; ++i) {
      check_offer(subscriber.next_offer(), told);
      if (testing::Test::HasFailure()) FAIL() << "after " << offers << " offers";
    }
  }
}

}  // namespace
}  // namespace penstock::sdp
