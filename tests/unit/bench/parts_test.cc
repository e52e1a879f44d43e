#include "bench/report/parts.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace penstock::bench {
namespace {

class PartsTest : public testing::Test {
 protected:
  PartsTest() { std::filesystem::create_directories(folder_); }
  ~PartsTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

 private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("penstock-parts-" + std::to_string(::getpid()));
};

TEST_F(PartsTest, AreReadInTheirOrder) {
  write("a.json", R"({"value": 1})");
  write("b.json", R"({"value": 2})");
  const auto list = write("list.tsv",
                          "pipeline\tname\tpenstock-bench --x 1\ta.json\n"
                          "scaling\t\tpenstock-bench --scaling\tb.json\n");
  const auto parts = read_parts(list);
  ASSERT_TRUE(parts.has_value()) << parts.error();
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_EQ((*parts)[0].kind, PartKind::kPipeline);
  EXPECT_EQ((*parts)[0].name, "name");
  EXPECT_EQ((*parts)[0].command, "penstock-bench --x 1");
  EXPECT_EQ(number_at((*parts)[0].result, "/value"), 1);
  EXPECT_EQ((*parts)[1].kind, PartKind::kScaling);
  EXPECT_EQ((*parts)[1].name, "");
  EXPECT_EQ(number_at((*parts)[1].result, "/value"), 2);
}

TEST_F(PartsTest, AMistakeInTheListIsNamed) {
  const auto parts = read_parts(write("list.tsv", "guess\tname\tcommand\ta.json\n"));
  ASSERT_FALSE(parts.has_value());
  EXPECT_NE(parts.error().find("guess"), std::string::npos);
  EXPECT_FALSE(read_parts(write("list.tsv", "pipeline\ttoo few\n")).has_value());
}

TEST_F(PartsTest, AFileThatIsMissingOrBrokenIsNamed) {
  const auto list = write("list.tsv", "pipeline\tname\tcommand\tbroken.json\n");
  const auto missing = read_parts(list);
  ASSERT_FALSE(missing.has_value());
  EXPECT_NE(missing.error().find("broken.json"), std::string::npos);
  write("broken.json", "{\"value\": ");
  const auto broken = read_parts(list);
  ASSERT_FALSE(broken.has_value());
  EXPECT_NE(broken.error().find("broken.json"), std::string::npos);
}

}  // namespace
}  // namespace penstock::bench
