#include "controlplane/whip/entity_tag.h"

#include <gtest/gtest.h>

namespace penstock::whip {
namespace {

TEST(EntityTag, IfMatchIsReadAsClientsWriteIt) {
  struct Case {
    std::string_view if_match;
    Precondition expected;
  };
  constexpr Case kCases[] = {
      {"", Precondition::kNone},
      {"*", Precondition::kAny},
      {"\"*\"", Precondition::kAny},  // as drafts had it
      {"\"abc\"", Precondition::kHolds},
      {"abc", Precondition::kHolds},  // without quotes
      {" \"abc\" ", Precondition::kHolds},
      {"\"x\", \"abc\"", Precondition::kHolds},
      {"\"x\",\"y\"", Precondition::kDoesNot},
      {"\"abcd\"", Precondition::kDoesNot},
      {"W/\"abc\"", Precondition::kDoesNot},  // weak ones never match
      {",", Precondition::kDoesNot},
      {"\"", Precondition::kDoesNot},
  };
  for (const Case& each : kCases) {
    EXPECT_EQ(check_if_match(each.if_match, "abc"), each.expected) << each.if_match;
  }
}

}  // namespace
}  // namespace penstock::whip
