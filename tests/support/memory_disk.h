// A disk for recordings that is memory: it may be full, or slow.
#pragma once

#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <string>

#include "controlplane/recording/recording_disk.h"

namespace penstock::test {

class MemoryDisk final : public recording::Disk {
 public:
  using Bytes = recording::Bytes;

  // --- What a test says
  std::uint64_t capacity = UINT64_MAX;  // more is ENOSPC
  bool is_stalled = false;              // nothing is done of what is written
  int create_error = 0;

  // --- What there is, by names without ".mjr"
  std::map<std::string, Bytes> finished;
  std::map<std::string, std::string> sidecars;
  std::size_t open_files() const { return open_.size(); }
  std::size_t syncs = 0;

  std::expected<FileId, int> create(std::string& name) override {
    if (create_error != 0) return std::unexpected(create_error);
    const std::string wanted = name;
    for (int i = 1; finished.contains(name) || is_open(name); ++i)
      name = wanted + "." + std::to_string(i);
    open_[next_] = {name, {}};
    return next_++;
  }
  bool has_room() const override { return !is_stalled; }
  void write(Write write) override {
    Bytes& file = open_.at(write.file).bytes;
    const std::uint64_t end = write.offset + write.buffer.size();
    const bool fits = used_ + write.buffer.size() <= capacity;
    if (fits) {
      used_ += write.buffer.size();
      file.resize(std::max<std::size_t>(file.size(), end));
      std::memcpy(file.data() + write.offset, write.buffer.data(), write.buffer.size());
    }
    done_.push_back(
        {.owner = write.owner, .error = fits ? 0 : ENOSPC, .buffer = std::move(write.buffer)});
  }
  void sync(FileId, std::uint64_t) override { ++syncs; }
  std::optional<Done> take_done() override {
    if (done_.empty() || is_stalled) return std::nullopt;
    Done done = std::move(done_.front());
    done_.pop_front();
    return done;
  }
  std::expected<void, int> finish(FileId file, const std::string& name,
                                  std::uint64_t bytes) override {
    Open open = std::move(open_.at(file));
    open_.erase(file);
    if (bytes == 0) return {};
    open.bytes.resize(bytes);
    finished[name] = std::move(open.bytes);
    return {};
  }
  void write_sidecar(const std::string& name, std::string_view text) override {
    sidecars[name] = text;
  }
  std::optional<std::uint64_t> free_bytes() override { return capacity - used_; }

 private:
  struct Open {
    std::string name;
    Bytes bytes;
  };

  bool is_open(const std::string& name) const {
    for (const auto& [id, open] : open_) {
      if (open.name == name) return true;
    }
    return false;
  }

  std::map<FileId, Open> open_;
  std::deque<Done> done_;
  FileId next_ = 3;
  std::uint64_t used_ = 0;
};

}  // namespace penstock::test
