#include "controlplane/whip/layer_choice.h"

#include <gtest/gtest.h>

#include "tests/unit/whip/fake_rooms.h"

namespace penstock::whip {
namespace {

TEST(LayerChoice, ReadsWhatAPlayerWants) {
  const auto choice =
      read_layer_choice(R"({"mediaId":"1","encodingId":"0","temporalLayerId":1,"extra":true})");
  ASSERT_TRUE(choice.has_value()) << choice.error().text;
  EXPECT_EQ(choice->media_id, "1");
  EXPECT_EQ(choice->targets.substream, 0U);
  EXPECT_EQ(choice->targets.spatial_layer, 0U);
  EXPECT_EQ(choice->targets.temporal, 1U);
  const auto highest = read_layer_choice(R"({"maxSpatialLayerId":7})");
  ASSERT_TRUE(highest.has_value());
  EXPECT_EQ(highest->targets.substream, 2U);
  const auto any = read_layer_choice("{}");
  ASSERT_TRUE(any.has_value());
  EXPECT_FALSE(any->targets.substream || any->targets.temporal);
}

TEST(LayerChoice, RefusesWhatIsNone) {
  struct Case {
    std::string_view text;
    unsigned status;
  };
  constexpr Case kCases[] = {{"", 400},
                             {"[]", 400},
                             {"{", 400},
                             {"{} {}", 400},
                             {R"({"mediaId":1})", 400},
                             {R"({"spatialLayerId":-1})", 400},
                             {R"({"spatialLayerId":"1"})", 400},
                             {R"({"encodingId":"high"})", 422}};
  for (const Case& each : kCases) {
    const auto choice = read_layer_choice(each.text);
    ASSERT_FALSE(choice.has_value()) << each.text;
    EXPECT_EQ(choice.error().status, each.status) << each.text;
  }
}

TEST(LayerChoice, LayersAreToldOfWhatHasSeveral) {
  const auto lines = FakeRooms::two_lines();
  const std::vector<std::string> mids{"s", "p"};
  EXPECT_EQ(layers_json(lines, mids),
            R"({"p":{"active":[{"id":"0","simulcastIdx":0},{"id":"1","simulcastIdx":1},)"
            R"({"id":"2","simulcastIdx":2}],"inactive":[],"layers":[)"
            R"({"encodingId":"0","simulcastIdx":0},{"encodingId":"1","simulcastIdx":1},)"
            R"({"encodingId":"2","simulcastIdx":2}],)"
            R"("current":{"spatialLayerId":2,"temporalLayerId":1}}})");
  EXPECT_EQ(layers_json(lines, std::vector<std::string>{"s", ""}), "{}");
}

}  // namespace
}  // namespace penstock::whip
