// The main function of every test program. With --source=NAME, only the tests of the sources with
// that name run: how one program can be several tests of ctest.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "tests/support/conservation.h"

namespace {

constexpr std::string_view kSourceOption = "--source=";

// A filter for GoogleTest, empty if the source has no test.
std::string filter_of(std::string_view source) {
  std::string filter;
  const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const ::testing::TestSuite& suite = *all.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const ::testing::TestInfo& test = *suite.GetTestInfo(j);
      if (std::filesystem::path(test.file()).filename() != source) continue;
      filter += std::string(suite.name()) + "." + test.name() + ":";
    }
  }
  return filter;
}

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (argc == 2 && std::string_view(argv[1]).starts_with(kSourceOption)) {
    const std::string filter = filter_of(std::string_view(argv[1]).substr(kSourceOption.size()));
    if (filter.empty()) {
      std::fprintf(stderr, "%s: there is no such test\n", argv[1]);
      return 1;
    }
    GTEST_FLAG_SET(filter, filter);
  }
  penstock::test::install_conservation_listener();
  return RUN_ALL_TESTS();
}
