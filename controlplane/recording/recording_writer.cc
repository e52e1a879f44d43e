#include "controlplane/recording/recording_writer.h"

#include <utility>

namespace penstock::recording {

void Writer::begin(RecordingId id, Description description, const Instant& created) {
  files_.emplace(id, std::make_unique<Open>(id, std::move(description), created));
  last_id_ = 0;
}

void Writer::end(RecordingId id) {
  const auto found = files_.find(id);
  if (found != files_.end()) found->second->is_asked = true;
}

void Writer::end_all() {
  for (auto& [id, open] : files_) open->is_asked = true;
}

void Writer::add(const File& file, WriterCounts& to) {
  to.packets += file.packets();
  to.bytes += file.bytes();
  to.lost += file.lost();
}

bool Writer::run(std::span<RecordingArena* const> arenas, Timestamp now) {
  take_done();
  check_limits(now);
  bool is_drained = true;
  for (RecordingArena* arena : arenas) is_drained = drain(*arena) && is_drained;
  std::vector<RecordingId> settled;
  counts_.packets = ended_counts_.packets;
  counts_.bytes = ended_counts_.bytes;
  counts_.lost = ended_counts_.lost;
  for (auto& [id, open] : files_) {
    File& file = open->file;
    add(file, counts_);
    if (open->is_ending() && is_drained) open->is_drained = true;
    file.work(disk_, now, open->is_drained);
    if (file.is_settled() && (open->is_drained || file.is_failed())) settled.push_back(id);
  }
  take_done();
  for (const RecordingId id : settled) {
    const auto found = files_.find(id);
    if (found->second->file.is_settled()) finish(id, *found->second);
  }
  counts_.files = files_.size();
  return !is_drained;
}

bool Writer::drain(RecordingArena& arena) {
  return arena.drain([this](const RecordHeader& header, std::span<const std::uint8_t> bytes) {
    if (header.recording != last_id_) {
      const auto found = files_.find(header.recording);
      last_id_ = header.recording;
      last_ = found == files_.end() ? nullptr : found->second.get();
    }
    return last_ == nullptr || last_->file.take(disk_, header, bytes);
  });
}

void Writer::take_done() {
  while (auto done = disk_.take_done()) {
    const auto found = files_.find(done->owner);
    if (found != files_.end()) found->second->file.on_done(*std::move(done));
  }
}

void Writer::check_limits(Timestamp now) {
  if (now - looked_at_ < kLookInterval) return;
  looked_at_ = now;
  free_bytes_ = disk_.free_bytes();
  const bool is_full = free_bytes_ && *free_bytes_ < limits_.free_bytes_min;
  for (auto& [id, open] : files_) {
    if (is_full) open->reason = "the disk is full";
    if (now - open->file.created_at() >= limits_.duration_max)
      open->reason = "it is as long as it may be";
  }
}

void Writer::finish(RecordingId id, Open& open) {
  File& file = open.file;
  std::string reason = open.is_asked ? "as was asked" : open.reason;
  if (file.is_failed()) reason = file.failure();
  file.finish(disk_, reason);
  if (file.is_failed()) reason = file.failure();
  ++counts_.finished;
  add(file, ended_counts_);
  if (file.is_failed()) ++counts_.failed;
  if (!open.is_asked)
    ended_.push_back({.id = id, .name = file.name(), .reason = std::move(reason)});
  files_.erase(id);
  last_id_ = 0;
  last_ = nullptr;
}

std::optional<Ended> Writer::take_ended() {
  if (ended_.empty()) return std::nullopt;
  Ended ended = std::move(ended_.back());
  ended_.pop_back();
  return ended;
}

}  // namespace penstock::recording
