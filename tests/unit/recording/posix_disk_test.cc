// Goal: files get their final name when they are whole; what a crash has left is kept up to its
// last whole frame. Method: folders of their own.
#include "controlplane/recording/posix_disk.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include "controlplane/recording/uring_disk.h"
#include "tests/support/temporary_folder.h"

namespace penstock::recording {
namespace {

namespace fs = std::filesystem;

Bytes whole_file(std::size_t frames) {
  Bytes file = mjr_header({}, 1, 2);
  for (std::size_t i = 0; i < frames; ++i) append_mjr_frame(file, 20, Bytes(100, 0x11));
  return file;
}

Bytes read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

// Of both kinds.
class RecordingPosixDisk : public testing::TestWithParam<bool> {
 protected:
  RecordingPosixDisk() {
    if (GetParam()) {
      disk = UringDisk::open(folder.path());
    } else {
      disk = std::make_unique<PosixDisk>(folder.path());
    }
  }
  std::optional<Disk::Done> wait_for_done() {
    for (int i = 0; i < 1'000; ++i) {
      if (auto done = disk->take_done()) return done;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return std::nullopt;
  }
  Disk::FileId create(std::string name) {
    const auto made = disk->create(name);
    EXPECT_TRUE(made);
    name_ = name;
    return made.value_or(-1);
  }

  test::TemporaryFolder folder;
  std::unique_ptr<Disk> disk;
  std::string name_;
};

TEST_P(RecordingPosixDisk, AFileHasItsNameWhenItIsWhole) {
  const Bytes bytes = whole_file(3);
  const Disk::FileId file = create("sub/a");
  EXPECT_TRUE(fs::exists(folder.path() / "sub/a.mjr.tmp"));
  disk->write({.file = file, .owner = 9, .offset = 0, .buffer = bytes});
  const auto done = wait_for_done();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->owner, 9U);
  EXPECT_EQ(done->error, 0);
  disk->sync(file, 9);
  ASSERT_TRUE(disk->finish(file, name_, bytes.size()));
  EXPECT_EQ(read(folder.path() / "sub/a.mjr"), bytes);
  EXPECT_FALSE(fs::exists(folder.path() / "sub/a.mjr.tmp"));
}

TEST_P(RecordingPosixDisk, ANameThatIsTakenGetsANumber) {
  write(folder.path() / "a.mjr", whole_file(1));
  const Disk::FileId file = create("a");
  EXPECT_EQ(name_, "a.1");
  const Disk::FileId other = create("a");
  EXPECT_EQ(name_, "a.2");
  ASSERT_TRUE(disk->finish(file, "a.1", 0));
  ASSERT_TRUE(disk->finish(other, "a.2", 0));
  EXPECT_EQ(read(folder.path() / "a.mjr"), whole_file(1));
  EXPECT_FALSE(fs::exists(folder.path() / "a.1.mjr.tmp")) << "without a frame there is no file";
}

TEST_P(RecordingPosixDisk, LinksDoNotLeadOut) {
  const test::TemporaryFolder elsewhere;
  fs::create_directory_symlink(elsewhere.path(), folder.path() / "out");
  std::string name = "out/a";
  EXPECT_FALSE(disk->create(name));
  EXPECT_TRUE(fs::is_empty(elsewhere.path()));
}

TEST_P(RecordingPosixDisk, WhatACrashHasLeftIsCutAndKept) {
  const Bytes whole = whole_file(5);
  Bytes cut = whole;
  cut.resize(whole.size() - 7);
  Bytes zeros = whole;
  zeros.resize(whole.size() + 5'000);
  fs::create_directories(folder.path() / "sub");
  write(folder.path() / "sub/cut.mjr.tmp", cut);
  write(folder.path() / "zeros.mjr.tmp", zeros);
  write(folder.path() / "empty.mjr.tmp", {});
  write(folder.path() / "nothing.mjr.tmp", mjr_header({}, 1, 2));
  write(folder.path() / "zeros.mjr", whole_file(1));
  const auto kept = open_folder(folder.path());
  ASSERT_TRUE(kept);
  EXPECT_EQ(*kept, 2U);
  EXPECT_EQ(read(folder.path() / "sub/cut.mjr"), whole_file(4));
  EXPECT_EQ(read(folder.path() / "zeros.1.mjr"), whole);
  EXPECT_EQ(read(folder.path() / "zeros.mjr"), whole_file(1));
  for (const fs::directory_entry& each : fs::recursive_directory_iterator(folder.path()))
    EXPECT_FALSE(each.path().string().ends_with(".tmp")) << each.path();
}

TEST_P(RecordingPosixDisk, AFolderThatCannotBeMadeIsAnError) {
  write(folder.path() / "file", {});
  const auto opened = open_folder(folder.path() / "file");
  EXPECT_FALSE(opened);
}

TEST_P(RecordingPosixDisk, ManyWritesAreOnTheirWayAtATimeAndAllArrive) {
  constexpr std::uint64_t kFiles = 40;
  std::vector<Disk::FileId> files;
  std::vector<std::string> names;
  for (std::uint64_t i = 0; i < kFiles; ++i) {
    files.push_back(create("many" + std::to_string(i)));
    names.push_back(name_);
  }
  std::size_t done = 0;
  for (std::uint64_t round = 0; round < 5; ++round) {
    for (std::uint64_t i = 0; i < kFiles; ++i) {
      while (!disk->has_room()) done += wait_for_done() ? 1U : 0U;
      disk->write({.file = files[i],
                   .owner = i,
                   .offset = round * 10'000,
                   .buffer = Bytes(10'000, static_cast<std::uint8_t>(i + round))});
    }
    while (done < (round + 1) * kFiles) {
      const auto one = wait_for_done();
      ASSERT_TRUE(one);
      EXPECT_EQ(one->error, 0);
      ++done;
    }
  }
  for (std::uint64_t i = 0; i < kFiles; ++i) {
    ASSERT_TRUE(disk->finish(files[i], names[i], 50'000));
    const Bytes written = read(folder.path() / (names[i] + ".mjr"));
    ASSERT_EQ(written.size(), 50'000U);
    EXPECT_EQ(written[25'000], i + 2);
  }
}

TEST_P(RecordingPosixDisk, AnErrorOfAWriteIsTold) {
  disk->write({.file = 1'000'000, .owner = 3, .offset = 0, .buffer = Bytes(10)});
  const auto done = wait_for_done();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->owner, 3U);
  EXPECT_EQ(done->error, EBADF);
}

INSTANTIATE_TEST_SUITE_P(Disks, RecordingPosixDisk, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "io_uring" : "pwrite"; });

}  // namespace
}  // namespace penstock::recording
