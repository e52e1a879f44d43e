#include "controlplane/storage/whole_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temporary_folder.h"

namespace penstock {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 07777;
}

class WholeFileTest : public ::testing::Test {
 protected:
  test::TemporaryFolder folder;
  const fs::path path = folder.path() / "table";
};

TEST_F(WholeFileTest, IsMadeAndReplacedReadableForItsOwnerOnlyAndNothingElseIsLeft) {
  ASSERT_TRUE(replace_whole_file(path, "old"));
  EXPECT_EQ(mode_of(path), 0600u);
  ::chmod(path.c_str(), 0644);
  const std::string large(3'000'000, 'x');
  ASSERT_TRUE(replace_whole_file(path, large));
  EXPECT_EQ(mode_of(path), 0600u);
  EXPECT_EQ(read_whole_file(path, large.size()).value(), large);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST_F(WholeFileTest, WhatAnInterruptedWriteHasLeftIsNoObstacle) {
  test::write_file(path, "old");
  test::write_file(folder.path() / "table.new", "half of a longer te");
  ::chmod((folder.path() / "table.new").c_str(), 0666);
  ASSERT_TRUE(replace_whole_file(path, "new"));
  EXPECT_EQ(test::read_file(path), "new");
  EXPECT_EQ(mode_of(path), 0600u);
}

TEST_F(WholeFileTest, TheOldTextStandsWhereTheNewOneCannotBeWritten) {
  test::write_file(path, "old");
  fs::create_directory(folder.path() / "table.new");
  const auto failed = replace_whole_file(path, "new");
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().find("table.new: Is a directory"), std::string::npos) << failed.error();
  EXPECT_EQ(test::read_file(path), "old");
}

TEST_F(WholeFileTest, TheOldTextStandsWhenTheDiskIsFull) {
  // The device that is always full, under the name of the file that is written first.
  test::write_file(path, "old");
  fs::create_symlink("/dev/full", folder.path() / "table.new");
  EXPECT_FALSE(replace_whole_file(path, "new")) << "no link is followed";
  EXPECT_EQ(test::read_file(path), "old");
}

TEST_F(WholeFileTest, ReadingTellsNoFileFromOneThatCannotBeRead) {
  EXPECT_EQ(read_whole_file(path, 10).value(), std::nullopt);
  test::write_file(path, "");
  EXPECT_EQ(read_whole_file(path, 10).value(), "");
  test::write_file(path, "12345678901");
  EXPECT_NE(read_whole_file(path, 10).error().find("larger than 10 bytes"), std::string::npos);
  EXPECT_NE(read_whole_file(folder.path(), 10).error().find("no regular file"), std::string::npos);
}

TEST_F(WholeFileTest, AFolderThatIsNotThereIsNamed) {
  EXPECT_TRUE(check_folder_of(path));
  EXPECT_TRUE(check_folder_of("table")) << "the folder that the program runs in";
  const auto missing = check_folder_of(folder.path() / "nowhere" / "table");
  EXPECT_NE(missing.error().find("nowhere: No such file or directory"), std::string::npos);
  test::write_file(path, "");
  EXPECT_NE(check_folder_of(path / "table").error().find("no folder"), std::string::npos);
}

}  // namespace
}  // namespace penstock
