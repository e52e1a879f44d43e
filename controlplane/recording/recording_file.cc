#include "controlplane/recording/recording_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "controlplane/recording/recording_path.h"
#include "dataplane/base/endian.h"

namespace penstock::recording {
namespace {

std::string error_text(std::string_view what, int error) {
  return std::string(what) + ": " + std::strerror(error);
}

}  // namespace

bool File::take(Disk& disk, const RecordHeader& header, std::span<const std::uint8_t> bytes) {
  if (is_failed()) return true;
  if (header.kind == RecordKind::kClock) {
    take_clock(bytes);
    return true;
  }
  if (file_ < 0 && !open(disk, header.at)) return true;
  const std::size_t frame_bytes = kMjrFrameHeaderBytes + kMjrDataTimeBytes + bytes.size();
  if (buffer_.size() + frame_bytes > kBufferBytesMax) return false;
  take_packet(header, bytes);
  if (buffer_.size() >= kFlushBytes) flush(disk, flushed_at_);
  return true;
}

bool File::open(Disk& disk, Timestamp first_at) {
  name_ = recording_name(description_, created_.unix_us);
  const auto made = disk.create(name_);
  if (!made) {
    fail(error_text("the file cannot be made", made.error()));
    return false;
  }
  file_ = *made;
  first_at_ = flushed_at_ = synced_at_ = first_at;
  buffer_.reserve(kFlushBytes + kMjrPacketBytesMax + kMjrFrameHeaderBytes);
  const Bytes header = mjr_header(description_, created_.unix_us, created_.unix_us_at(first_at));
  buffer_.insert(buffer_.end(), header.begin(), header.end());
  return true;
}

void File::take_packet(const RecordHeader& header, std::span<const std::uint8_t> packet) {
  const auto at_ms =
      static_cast<std::uint32_t>(std::max<Duration>(0, header.at - first_at_) / kMillisecond);
  last_ms_ = std::max(last_ms_, at_ms);
  if (header.lost != lost_) {
    sidecar_.add_gap({.at_ms = last_ms_, .packets = header.lost - lost_});
    lost_ = header.lost;
  }
  if (header.is_keyframe_start && description_.kind == MediaKind::kVideo) {
    sidecar_.add_keyframe(
        {.at_ms = last_ms_, .offset = written_ + writing_bytes_ + buffer_.size()});
  }
  if (description_.kind == MediaKind::kVideo)
    sidecar_.add_layer({.at_ms = last_ms_, .layer = header.layer});
  if (header.kind == RecordKind::kData) {
    append_mjr_message(buffer_, last_ms_, created_.unix_us_at(header.at), packet);
  } else {
    append_mjr_frame(buffer_, last_ms_, packet);
  }
  ++packets_;
}

void File::take_clock(std::span<const std::uint8_t> bytes) {
  ClockRecord clock;
  if (file_ < 0 || bytes.size() != sizeof(clock)) return;
  std::memcpy(&clock, bytes.data(), sizeof(clock));
  sidecar_.add_clock(
      {.unix_us = created_.unix_us_at(clock.captured_at), .rtp_timestamp = clock.rtp_timestamp});
}

void File::flush(Disk& disk, Timestamp now) {
  if (buffer_.empty() || is_writing_ || is_failed() || !disk.has_room()) return;
  is_writing_ = true;
  writing_bytes_ = buffer_.size();
  flushed_at_ = now;
  is_synced_ = false;
  disk.write({.file = file_,
              .owner = id_,
              .offset = written_,
              .buffer = std::exchange(buffer_, std::move(spare_))});
  buffer_.clear();
}

void File::work(Disk& disk, Timestamp now, bool is_ending) {
  if (file_ < 0 || is_failed()) return;
  if (is_ending || buffer_.size() >= kFlushBytes || now - flushed_at_ >= kFlushInterval)
    flush(disk, now);
  if (is_synced_ || is_ending || now - synced_at_ < kSyncInterval || !disk.has_room()) return;
  synced_at_ = now;
  is_synced_ = true;
  disk.sync(file_, id_);
}

void File::on_done(Disk::Done done) {
  if (done.is_sync) return fail(error_text("the file cannot be written", done.error));
  is_writing_ = false;
  if (done.error != 0) {
    fail(error_text("the file cannot be written", done.error));
  } else {
    written_ += writing_bytes_;
  }
  writing_bytes_ = 0;
  spare_ = std::move(done.buffer);
  spare_.clear();
}

void File::finish(Disk& disk, const std::string& reason) {
  if (file_ < 0) return;
  const auto finished = disk.finish(std::exchange(file_, -1), name_, written_);
  if (!finished) fail(error_text("the file cannot be closed", finished.error()));
  if (written_ == 0) return;
  const Sidecar::Totals totals{.created_us = created_.unix_us,
                               .first_us = created_.unix_us_at(first_at_),
                               .duration_ms = last_ms_,
                               .packets = packets_,
                               .bytes = written_,
                               .ended = reason};
  disk.write_sidecar(name_, sidecar_.json(description_, totals));
}

}  // namespace penstock::recording
