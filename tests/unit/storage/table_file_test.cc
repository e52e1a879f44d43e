#include "controlplane/storage/table_file.h"

#include <gtest/gtest.h>

#include "controlplane/storage/table_executor.h"

namespace penstock {
namespace {

class TableFileTest : public ::testing::Test {
 protected:
  static TableFile::Format format() {
    return {.begin = "<", .separator = ",", .end = ">", .rows_max = 3, .bytes_max = 100};
  }
  // The errors, "" for none.
  std::vector<std::string> apply(std::list<TableChange> changes) {
    table.apply(changes, replace);
    std::vector<std::string> errors;
    for (const TableChange& change : changes) errors.push_back(change.error.value_or(""));
    return errors;
  }
  using Errors = std::vector<std::string>;

  TableFile table{"path", format(), {{"b", "B"}}};
  std::string text = "<B>";
  int writes = 0;
  std::optional<std::string> failure;
  const TableFile::Replace replace =
      [this](const std::filesystem::path& path,
             std::string_view replaced) -> std::expected<void, std::string> {
    EXPECT_EQ(path, "path");
    ++writes;
    if (failure) return std::unexpected(*failure);
    text = replaced;
    return {};
  };
};

TEST_F(TableFileTest, ChangesAreMadeInOrderAndWrittenOnce) {
  EXPECT_EQ(apply({{"c", "C"}, {"a", "A"}, {"c", "C2"}, {"b", std::nullopt}}), Errors(4));
  EXPECT_EQ(text, "<A,C2>");
  EXPECT_EQ(writes, 1);
  EXPECT_EQ(apply({{"a", std::nullopt}, {"c", std::nullopt}}), Errors(2));
  EXPECT_EQ(text, "<>");
}

TEST_F(TableFileTest, WhatChangesNothingIsNotWritten) {
  EXPECT_EQ(apply({{"x", std::nullopt}}), Errors(1));
  EXPECT_EQ(writes, 0);
}

TEST_F(TableFileTest, AFailedWriteLeavesItAsItWas) {
  failure = "disk full";
  EXPECT_EQ(apply({{"a", "A"}, {"b", std::nullopt}}), (Errors{"disk full", "disk full"}));
  EXPECT_EQ(table.rows(), (TableFile::Rows{{"b", "B"}}));
  failure.reset();
  EXPECT_EQ(apply({{"c", "C"}}), Errors(1));
  EXPECT_EQ(text, "<B,C>") << "what has failed does not come back";
}

TEST_F(TableFileTest, RowsAreBoundedAndTheOthersAreWritten) {
  EXPECT_EQ(apply({{"a", "A"}, {"c", "C"}, {"d", "D"}, {"b", "B2"}}),
            (Errors{"", "", "there are 3 rows already", ""}));
  EXPECT_EQ(text, "<A,B2,C>");
}

TEST_F(TableFileTest, BytesAreBounded) {
  EXPECT_EQ(apply({{"a", std::string(97, 'a')}}), Errors{"it would have more than 100 bytes"});
  EXPECT_EQ(writes, 0);
  EXPECT_EQ(apply({{"a", std::string(96, 'a')}}), Errors(1));
  EXPECT_EQ(text.size(), 100u);
}

TEST_F(TableFileTest, TheInlineExecutorRunsAJobWhenItIsAskedForIt) {
  InlineTableExecutor executor(replace);
  EXPECT_EQ(executor.take_done(), nullptr);
  auto job = std::make_unique<TableJob>(std::move(table));
  job->changes.push_back({"a", "A"});
  executor.submit(std::move(job));
  EXPECT_EQ(writes, 0);
  ASSERT_TRUE(executor.has_done());
  EXPECT_NE(executor.take_done(), nullptr);
  EXPECT_FALSE(executor.has_done());
  EXPECT_EQ(text, "<A,B>");
}

}  // namespace
}  // namespace penstock
