#include "controlplane/admin/lifetimes_text.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/admin/lifetimes_fixture.h"

namespace penstock {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(LifetimesTextTest, APersonCanReadThePage) {
  const SampleLifetimes sample;
  const std::string page = lifetimes_page(sample.lifetimes);
  EXPECT_TRUE(has(page, "rooms")) << page;
  EXPECT_TRUE(has(page, "2 live")) << page;
  EXPECT_TRUE(has(page, "1 retired")) << page;
  EXPECT_TRUE(has(page, "123456 bytes in use\n")) << page;
  EXPECT_TRUE(has(page, "port: link up, changed 2 times; 1001 frames received")) << page;
  EXPECT_TRUE(has(page, "1005 missed, 1006 without a buffer, 1007 broken, 1008 not sent")) << page;
  EXPECT_TRUE(has(page, "audit: rooms: 1 live without an owner")) << page;
  EXPECT_TRUE(has(page, "worker 0: dropped: flow_unknown=3\n")) << page;
  EXPECT_TRUE(has(page, "worker 0: last heard of 0.250 ms ago\n")) << page;
  EXPECT_TRUE(has(page, "100 reclaimed in p50 0.002, p99 0.002, max 3.000 ms")) << page;
}

TEST(LifetimesTextTest, EveryLineIsOneLine) {
  const SampleLifetimes sample;
  const auto lines = lifetimes_lines(sample.lifetimes);
  EXPECT_TRUE(std::ranges::none_of(lines, [](const std::string& line) { return has(line, "\n"); }));
}

}  // namespace
}  // namespace penstock
