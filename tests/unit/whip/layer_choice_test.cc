#include "controlplane/whip/layer_choice.h"

#include <gtest/gtest.h>

#include "controlplane/whip/offer_rules.h"
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

// 320x180, 640x360 and 1280x720, each with two temporal layers.
LayerReports three_layers() {
  LayerReports layers;
  for (const std::uint32_t width : {320U, 640U, 1'280U})
    EXPECT_TRUE(layers.push_back({width * (width * 9 / 16), {width * 100, width * 200, 0, 0}}));
  return layers;
}

TEST(LayerChoice, ASizeLimitsToTheLargestPictureThatFits) {
  struct Case {
    std::string_view text;
    std::optional<std::uint32_t> substream;
  };
  constexpr Case kCases[] = {{R"({"maxWidth":1280,"maxHeight":720})", std::nullopt},
                             {R"({"maxWidth":1279,"maxHeight":720})", 1},
                             {R"({"maxWidth":640})", 1},
                             {R"({"maxHeight":360})", 1},
                             {R"({"maxHeight":359})", 0},
                             {R"({"maxWidth":16})", 0},
                             {R"({"maxWidth":0})", 0},
                             {R"({"maxHeight":9223372036854775807})", std::nullopt},
                             {R"({"maxWidth":640,"encodingId":"0"})", 0},
                             {R"({"maxWidth":640,"encodingId":"2"})", 1}};
  for (const Case& each : kCases) {
    const auto choice = read_layer_choice(each.text);
    ASSERT_TRUE(choice.has_value()) << each.text;
    const room::LayerTargets targets = choice->targets_for(three_layers());
    EXPECT_EQ(targets.substream, each.substream) << each.text;
    EXPECT_EQ(targets.spatial_layer, each.substream) << each.text;
  }
}

TEST(LayerChoice, WhereSizesAreNotKnownNothingIsLimited) {
  const auto choice = read_layer_choice(R"({"maxWidth":16})");
  LayerReports layers;
  EXPECT_FALSE(choice->targets_for(layers).substream);
  ASSERT_TRUE(layers.push_back({.pixels = 0, .bps = {1'000}}));
  EXPECT_FALSE(choice->targets_for(layers).substream);
}

TEST(LayerChoice, BitratesAreToldOfWhatComes) {
  auto lines = FakeRooms::two_lines();
  lines[1].layers = three_layers();
  lines[1].layers.truncate(2);
  const std::vector<std::string> mids{"s", "p"};
  EXPECT_EQ(
      layers_json(lines, mids),
      R"({"p":{"active":[{"id":"0","simulcastIdx":0,"bitrate":64000},)"
      R"({"id":"1","simulcastIdx":1,"bitrate":128000}],"inactive":[{"id":"2","simulcastIdx":2}],)"
      R"("layers":[{"encodingId":"0","simulcastIdx":0,"temporalLayerId":0,"bitrate":32000},)"
      R"({"encodingId":"0","simulcastIdx":0,"temporalLayerId":1,"bitrate":64000},)"
      R"({"encodingId":"1","simulcastIdx":1,"temporalLayerId":0,"bitrate":64000},)"
      R"({"encodingId":"1","simulcastIdx":1,"temporalLayerId":1,"bitrate":128000}],)"
      R"("current":{"spatialLayerId":2,"temporalLayerId":1}}})");
}

TEST(LayerChoice, SpatialLayersAreOfOneEncoding) {
  auto lines = FakeRooms::two_lines();
  lines[1].encodings = 1;
  ASSERT_TRUE(lines[1].layers.push_back({100, {10}}));
  ASSERT_TRUE(lines[1].layers.push_back({400, {30}}));
  EXPECT_EQ(layers_json(lines, std::vector<std::string>{"s", "p"}),
            R"({"p":{"active":[{"id":"0","simulcastIdx":0,"bitrate":30}],"inactive":[],"layers":[)"
            R"({"encodingId":"0","simulcastIdx":0,"spatialLayerId":0,"temporalLayerId":0,)"
            R"("bitrate":10},{"encodingId":"0","simulcastIdx":0,"spatialLayerId":1,)"
            R"("temporalLayerId":0,"bitrate":30}],)"
            R"("current":{"spatialLayerId":2,"temporalLayerId":1}}})");
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
